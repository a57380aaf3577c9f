/** Changes to runs that one transaction makes, and the outbox rows that tell Temporal about them, in order. */
import type { CanonicalEvent } from '../domain/event.ts';
import { ruleLabel } from '../domain/eventRule.ts';
import type { JourneyDefinition } from '../domain/journey.ts';
import type { NewOutboxEntry } from '../store/outbox.ts';
import { writeReplannedWaits, type ReplannedWait } from '../store/replannedWaits.ts';
import type { Session } from '../store/rows.ts';
import {
  answerWaits,
  endRuns,
  insertRuns,
  refreshRuns,
  type AnsweredWait,
  type EndedRun,
  type NewRun,
  type OpenRun,
  type RefreshedRun,
} from '../store/runs.ts';

/** An open run; `isNew`: made in this transaction, so that neither Temporal nor the store knows it yet. */
export interface BatchRun extends OpenRun {
  isNew: boolean;
}

export class RunChanges {
  readonly #now: number;
  readonly #started = new Map<string, NewRun>();
  readonly #ended: EndedRun[] = [];
  readonly #answered: AnsweredWait[] = [];
  readonly #refreshed = new Map<string, RefreshedRun>();
  readonly #replanned = new Map<string, ReplannedWait>();
  readonly #outbox: NewOutboxEntry[] = [];

  /** @param now epoch ms */
  constructor(now: number) {
    this.#now = now;
  }

  /** @param entry event type, or `manual` */
  start(
    run: BatchRun,
    journey: { key: string; name: string; definition: JourneyDefinition },
    entry: string,
    entryJson: string,
  ): void {
    this.#started.set(run.id, {
      id: run.id,
      journeyKey: run.journeyKey,
      customerId: run.customerId,
      entryKey: run.entryKey,
      workflowId: run.workflowId,
      status: 'running',
      exitReason: null,
      entryOccurredAt: run.entryOccurredAt,
      entryJson,
    });
    this.#outbox.push({
      ...addressOf(run),
      kind: 'start',
      payload: {
        runId: run.id,
        journeyKey: journey.key,
        journeyName: journey.name,
        customerId: run.customerId,
        entry,
        endsOn: [...new Set(journey.definition.exits.map(ruleLabel))],
      },
    });
  }

  exit(run: BatchRun, reason: string): void {
    this.#end(run, { id: run.id, status: 'exited', reason });
    this.#outbox.push({ ...addressOf(run), kind: 'exit', payload: { arm: 'exit', type: reason } });
  }

  cancel(run: BatchRun, reason: string): void {
    this.#end(run, { id: run.id, status: 'cancelled', reason });
    this.#outbox.push({ ...addressOf(run), kind: 'cancel', payload: {} });
  }

  #end(run: BatchRun, ended: EndedRun): void {
    const started = this.#started.get(run.id);
    if (!started) this.#ended.push(ended);
    else this.#started.set(run.id, { ...started, status: ended.status, exitReason: ended.reason });
  }

  answer(run: BatchRun, segment: number, event: CanonicalEvent): void {
    const { type, id: eventId, occurredAt, properties } = event;
    this.#answered.push({
      runId: run.id,
      segment,
      by: type,
      eventJson: JSON.stringify({ type, eventId, occurredAt, receivedAt: this.#now, properties }),
    });
    this.#outbox.push({ ...addressOf(run), kind: 'event', payload: { arm: 'wait', type, segment } });
    // Answered once.
    run.wait = null;
  }

  /** The run speaks of a newer entry event from now on. */
  renewEntry(run: BatchRun, entryJson: string): void {
    const { id, segment, entryOccurredAt } = run;
    const started = this.#started.get(id);
    if (started) this.#started.set(id, { ...started, entryOccurredAt, entryJson });
    else this.#refreshed.set(id, { id, segment, until: null, entryOccurredAt, entryJson });
  }

  /** @param isMoved false when the wait ends when it did: Temporal need not hear of it */
  restart(run: BatchRun, wait: { segment: number; until: number | null }, entryJson: string, isMoved: boolean): void {
    const { segment, until } = wait;
    this.#refreshed.set(run.id, { id: run.id, segment, until, entryOccurredAt: run.entryOccurredAt, entryJson });
    if (isMoved) this.#outbox.push({ ...addressOf(run), kind: 'restart', payload: { segment, until } });
  }

  /** The wait ends at another time, and nothing else changes. */
  replan(run: BatchRun, { segment, node, until }: NonNullable<BatchRun['wait']>): void {
    this.#replanned.set(run.id, { runId: run.id, segment, node, until });
    this.#outbox.push({ ...addressOf(run), kind: 'restart', payload: { segment, until } });
  }

  async write(session: Session): Promise<void> {
    await refreshRuns(session, [...this.#refreshed.values()]);
    // After a restart by the entry event: that has left the date as it was.
    await writeReplannedWaits(session, [...this.#replanned.values()], this.#now);
    await answerWaits(session, this.#answered);
    // Before the new ones: one run of a workflow id can be open at a time.
    await endRuns(session, this.#ended, this.#now);
    await insertRuns(session, [...this.#started.values()], this.#now);
  }

  /** In order; a run that began and ended within the transaction is none of Temporal's business. */
  outbox(): NewOutboxEntry[] {
    return this.#outbox.filter((entry) => (this.#started.get(entry.runId)?.status ?? 'running') === 'running');
  }
}

const addressOf = ({ customerId, id, workflowId }: BatchRun) => ({ customerId, runId: id, workflowId });
