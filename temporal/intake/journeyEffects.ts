/** What events do to journeys: exits, waits answered, entries. Decided in memory for the whole batch, then written at once. */
import { decideEntry, entryOf, workflowIdOf, type SkipReason } from '../domain/entry.ts';
import { concerns, entryParts, type EntryPart, type RunSubject } from '../domain/entryParts.ts';
import { isNews, isNewsFor } from '../domain/catalogue/interests.ts';
import { matchesAny, type MatchedEvent, type RuleFacts } from '../domain/ruleMatching.ts';
import type { JourneyDefinition } from '../domain/journey.ts';
import { restartedUntil } from '../domain/restart.ts';
import { newId } from '../newId.ts';
import { findEventsAfter, type StoredEvent } from '../store/events.ts';
import type { Journey } from '../store/journeys.ts';
import { insertOutbox } from '../store/outbox.ts';
import type { Session } from '../store/rows.ts';
import { readRuleFacts } from '../store/ruleFacts.ts';
import { findLastEntries, findOpenRuns, insertSkippedEntries, type SkippedEntry } from '../store/runs.ts';
import { matched, readBeside, type Beside } from './besideEvents.ts';
import type { Buyers } from './buyers.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';
import { RunChanges, type BatchRun } from './runChanges.ts';

export interface IntakeTime {
  /** Epoch ms. */
  now: number;
  timeScale: number;
}

export class JourneyEffects {
  readonly #journeys: readonly Journey[];
  readonly #time: IntakeTime;
  /** By customer. */
  readonly #open: Map<string, BatchRun[]>;
  readonly #lastEntries: Map<string, number>;
  readonly #later: Map<string, (StoredEvent & { facts: RuleFacts | null })[]>;
  readonly #beside: Beside;
  readonly #changes: RunChanges;
  readonly #skipped: SkippedEntry[] = [];

  private constructor(
    journeys: readonly Journey[],
    time: IntakeTime,
    open: Map<string, BatchRun[]>,
    lastEntries: Map<string, number>,
    later: Map<string, (StoredEvent & { facts: RuleFacts | null })[]>,
    beside: Beside,
  ) {
    this.#journeys = journeys;
    this.#time = time;
    this.#open = open;
    this.#lastEntries = lastEntries;
    this.#later = later;
    this.#beside = beside;
    this.#changes = new RunChanges(time.now);
  }

  /**
   * Reads the open runs of the batch's customers, and what the possible entries depend on.
   * @param buyers as they were before the batch
   */
  static async load(
    session: Session,
    journeys: readonly Journey[],
    events: readonly ResolvedEvent[],
    buyers: Buyers,
    time: IntakeTime,
  ): Promise<JourneyEffects> {
    const existing = journeys.length === 0 ? [] : events.filter(({ isNewCustomer }) => !isNewCustomer);
    const customers = new Set(existing.map(({ customerId }) => customerId));
    const runs = await findOpenRuns(session, customers);
    const open = Map.groupBy(
      runs.map((run): BatchRun => ({ ...run, isNew: false })),
      (run) => run.customerId,
    );

    const beside = await readBeside(session, journeys, events, runs, buyers, time.timeScale);

    const mayEnter = existing.filter(({ isHistory }) => !isHistory);
    const entering = mayEnter.flatMap((resolved) =>
      journeys
        .filter(({ published, definition }) => published && matchesAny(definition.entries, matched(resolved, beside)))
        .filter(({ definition }) => time.now - resolved.occurredAt <= definition.maxEventAgeMs)
        .map((journey) => ({ ...resolved, journey })),
    );
    const enteringCustomers = new Set(entering.map(({ customerId }) => customerId));
    const exitTypes = new Set(entering.flatMap(({ journey }) => journey.definition.exits.map(({ type }) => type)));
    const since = entering.reduce((earliest, { occurredAt }) => Math.min(earliest, occurredAt), time.now);
    const later = await findEventsAfter(session, enteringCustomers, [...exitTypes], since);
    const laterFacts = await readRuleFacts(
      session,
      later.map(({ customerId, event, occurredAt }) => ({ customerId, ...event, occurredAt })),
      entering.flatMap(({ journey }) => journey.definition.exits),
      time.timeScale,
    );
    const limited = entering.filter(({ journey }) => journey.definition.enterAgain !== 'always');
    const entries = await findLastEntries(session, new Set(limited.map(({ customerId }) => customerId)), [
      ...new Set(limited.map(({ journey }) => journey.key)),
    ]);
    return new JourneyEffects(
      journeys,
      time,
      open,
      new Map(entries.map((entry) => [entryId(entry.journeyKey, entry.customerId, entry.entryKey), entry.enteredAt])),
      Map.groupBy(
        later.map((event, index) => ({ ...event, facts: laterFacts[index] ?? null })),
        (event) => event.customerId,
      ),
      beside,
    );
  }

  /** Applies one event that counts: no test order, no repeated one. */
  apply(resolved: ResolvedEvent): void {
    this.#exit(resolved);
    this.#answerWaits(resolved);
    if (!resolved.isHistory) this.#enterAll(resolved);
    // After the entries: "without an order so far" means before this one.
    if (resolved.event.type === 'completed_purchase') this.#beside.buyers.add(resolved.customerId);
  }

  #enterAll(resolved: ResolvedEvent): void {
    for (const journey of this.#journeys) {
      if (journey.published && matchesAny(journey.definition.entries, matched(resolved, this.#beside))) {
        this.#enter(journey, resolved);
      }
    }
  }

  #exit(resolved: ResolvedEvent): void {
    const { event, occurredAt, customerId } = resolved;
    for (const run of this.#runsOf(customerId)) {
      const definition = this.#journeys.find(({ key }) => key === run.journeyKey)?.definition;
      // What happened before the customer came in does not end the run, however late it is told.
      if (!definition || occurredAt < run.entryOccurredAt) continue;
      if (!concerns(definition, this.#subjectOf(run), event) || !this.#isNewsFor(run, event)) continue;
      if (!matchesAny(definition.exits, matched(resolved, this.#beside))) continue;
      this.#close(run);
      this.#changes.exit(run, event.type);
    }
  }

  /** An event about a product answers and ends the runs that are about it; any other event concerns all of the customer. */
  #isNewsFor(run: BatchRun, { type, properties }: ResolvedEvent['event']): boolean {
    return !isNews(type) || isNewsFor(this.#beside.entries.get(run.id) ?? {}, properties);
  }

  #answerWaits(resolved: ResolvedEvent): void {
    const { event, occurredAt, customerId } = resolved;
    for (const run of this.#runsOf(customerId)) {
      if (run.wait?.spec.kind !== 'event' || occurredAt < run.entryOccurredAt) continue;
      const definition = this.#journeys.find(({ key }) => key === run.journeyKey)?.definition;
      if (definition && !concerns(definition, this.#subjectOf(run), event)) continue;
      if (!this.#isNewsFor(run, event)) continue;
      if (matchesAny(run.wait.spec.events, matched(resolved, this.#beside)))
        this.#changes.answer(run, run.wait.segment, event);
    }
  }

  #subjectOf({ id, entryKey }: BatchRun): RunSubject {
    return { entryKey, entry: this.#beside.entries.get(id) ?? {} };
  }

  /** One run for each product, where the journey's runs are about products. */
  #enter(journey: Journey, resolved: ResolvedEvent): void {
    const parts = entryParts(journey.definition, resolved.event);
    const reasons = parts.map((part) => this.#enterPart(journey, resolved, part));
    // Where one of its products comes in, the event has not started nothing.
    if (reasons.includes(null)) return;
    for (const reason of new Set(reasons)) if (reason !== null) this.#skip(journey, resolved, reason);
  }

  /** @returns why it starts nothing; null: it does */
  #enterPart(journey: Journey, resolved: ResolvedEvent, part: EntryPart): SkipReason | null {
    const { occurredAt, customerId } = resolved;
    const { definition } = journey;
    const openRun = this.#runsOf(customerId).find((run) => run.journeyKey === journey.key && run.entryKey === part.key);
    const decision = decideEntry({
      journey: definition,
      published: journey.published,
      paused: journey.paused,
      occurredAt,
      exitedSince: this.#exitedSince(definition, part, resolved),
      ...this.#beside.buyers.of(customerId),
      isReplenishable: this.#beside.replenishable.has({ customerId, properties: part.properties }),
      open: openRun !== undefined,
      lastEnteredAt: this.#lastEntries.get(entryId(journey.key, customerId, part.key)) ?? null,
      now: this.#time.now,
      timeScale: this.#time.timeScale,
    });
    switch (decision.kind) {
      case 'skip':
        return decision.reason;
      case 'refresh':
        if (openRun) this.#refresh(openRun, resolved, part);
        return null;
      case 'replace':
        if (openRun) {
          this.#close(openRun);
          this.#changes.cancel(openRun, 'restarted');
        }
        break;
      case 'enter':
    }
    this.#start(journey, resolved, part);
    return null;
  }

  #start(journey: Journey, { customerId, event, occurredAt }: ResolvedEvent, { key, properties }: EntryPart): void {
    const run: BatchRun = {
      id: newId('run'),
      journeyKey: journey.key,
      customerId,
      entryKey: key,
      workflowId: workflowIdOf(journey.key, customerId, key),
      segment: 1,
      step: null,
      entryOccurredAt: occurredAt,
      wait: null,
      isNew: true,
    };
    this.#open.set(customerId, [...this.#runsOf(customerId), run]);
    this.#lastEntries.set(entryId(journey.key, customerId, key), this.#time.now);
    this.#beside.entries.set(run.id, properties);
    this.#changes.start(run, journey, event.type, entryOf(event, properties));
  }

  /**
   * A wait that says so starts anew. While the first segment is still running nobody has waited yet: the wait to come will
   * count from the newer event.
   */
  #refresh(run: BatchRun, { event, occurredAt }: ResolvedEvent, { properties }: EntryPart): void {
    const isBeforeWait = run.wait === null && run.segment === 1;
    if (occurredAt < run.entryOccurredAt || (!run.wait?.spec.restartable && !isBeforeWait)) return;
    run.entryOccurredAt = occurredAt;
    this.#beside.entries.set(run.id, properties);
    if (run.wait === null) return this.#changes.renewEntry(run, entryOf(event, properties));
    const until = restartedUntil(run.wait, occurredAt, this.#time.now, this.#time.timeScale);
    const isMoved = until !== run.wait.until;
    run.wait = { ...run.wait, until };
    this.#changes.restart(run, run.wait, entryOf(event, properties), isMoved);
  }

  /** An event that ends the journey has happened after this one, and has come before it. */
  #exitedSince(definition: JourneyDefinition, { key, properties }: EntryPart, resolved: ResolvedEvent): boolean {
    const { event, occurredAt, customerId, cartIsEmpty } = resolved;
    // The removal was told first: what this event adds is gone already.
    const emptied: MatchedEvent = {
      type: 'removed_from_cart',
      properties: { ...event.properties, cartEmpty: true },
      facts: this.#beside.facts.get(resolved) ?? null,
    };
    if (cartIsEmpty && matchesAny(definition.exits, emptied)) return true;
    return (this.#later.get(customerId) ?? []).some(
      (later) =>
        later.occurredAt > occurredAt &&
        matchesAny(definition.exits, { ...later.event, facts: later.facts }) &&
        concerns(definition, { entryKey: key, entry: properties }, later.event) &&
        (!isNews(later.event.type) || isNewsFor(properties, later.event.properties)),
    );
  }

  #skip(journey: Journey, { event, customerId }: ResolvedEvent, reason: SkipReason): void {
    this.#skipped.push({ customerId, journeyKey: journey.key, eventId: event.id, reason });
  }

  #runsOf(customerId: string): BatchRun[] {
    return this.#open.get(customerId) ?? [];
  }

  #close(run: BatchRun): void {
    this.#open.set(
      run.customerId,
      this.#runsOf(run.customerId).filter((other) => other !== run),
    );
  }

  /** Open runs that wait until a product runs out, after what the events have ended and answered. */
  waitingForRunningOut(): BatchRun[] {
    return [...this.#open.values()].flat().filter(({ wait }) => wait?.spec.kind === 'replenishment');
  }

  /** @param reason type of the event by which the wait has lost its sense */
  endWaiting(run: BatchRun, reason: string): void {
    this.#close(run);
    this.#changes.exit(run, reason);
  }

  moveWait(run: BatchRun, until: number | null): void {
    if (run.wait === null) return;
    run.wait = { ...run.wait, until };
    this.#changes.replan(run, run.wait);
  }

  /** @returns whether the dispatcher has something to do */
  async write(session: Session): Promise<boolean> {
    await insertSkippedEntries(session, this.#skipped, this.#time.now);
    await this.#changes.write(session);
    const outbox = this.#changes.outbox();
    await insertOutbox(session, outbox, this.#time.now);
    return outbox.length > 0;
  }
}

const entryId = (journeyKey: string, customerId: string, entryKey: string): string =>
  `${journeyKey}\0${customerId}\0${entryKey}`;
