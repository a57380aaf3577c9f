/** Journeys, their runs with steps and waits, and what Temporal still has to be told of them. */
import type { Generated, Selectable } from 'kysely';
import type { RunStatus } from '../../domain/journey.ts';

export interface JourneysTable {
  key: string;
  name: string;
  n8n_workflow_id: string;
  /** JourneyDefinition. */
  definition_json: string;
  published: number;
  paused: number;
  created_at: number;
  updated_at: number;
  /** Since when it has been open with the rhythm of its schedule; null: it has none. Due times before are nobody's. */
  schedule_since: Generated<number | null>;
}

export interface RunsTable {
  id: string;
  journey_key: string;
  customer_id: string;
  /** '' when the journey allows one run at a time. */
  entry_key: string;
  /** journey/<journeyKey>/<customerId>[/<entryKey>] */
  workflow_id: string;
  status: RunStatus;
  exit_reason: string | null;
  /** Node name of the current wait or of the segment that is running. */
  step: string | null;
  waiting_until: number | null;
  /** 1 while the journey's pause holds this run: it gets `resume` when the journey goes on. */
  held: number;
  entered_at: number;
  /** occurredAt of the entry event. */
  entry_occurred_at: number;
  /** `{type, eventId?, properties}` of the entry event. */
  entry_json: string;
  /** Number of the segment that runs now or ran last. */
  segment: number;
  /** When that segment was first posted to n8n; null while the first one has not been: then `entered_at` counts. */
  segment_began_at: number | null;
  ended_at: number | null;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
  /** The run of the same person that went on in this one's place, after a merge. */
  absorbed_by: Generated<string | null>;
  /** 1: other runs have `absorbed_by` this one; what they sent is not sent again. */
  absorbs: Generated<number>;
}

/** What happened to a run, for the operator: `{node, outcome, at}`. */
export interface RunStepsTable {
  run_id: string;
  segment: number;
  node: string;
  outcome: string;
  at: number;
}

/** Why an entry event started nothing, for the operator; `reason` is a SkipReason. */
export interface SkippedEntriesTable {
  id: Generated<number>;
  customer_id: string;
  journey_key: string;
  event_id: string;
  reason: string;
  at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

/** Primary key run and segment: a segment that runs twice asks for the same wait again. */
export interface WaitsTable {
  run_id: string;
  segment: number;
  endpoint_id: string;
  node: string;
  /** WaitSpec. */
  spec_json: string;
  /** Epoch ms, scaled; null = no end by time. */
  until: number | null;
  /** waiting → elapsed | event (type in `ended_by`) | ended (the run ended in it). */
  state: 'waiting' | 'elapsed' | 'event' | 'ended';
  ended_by: string | null;
  /** Event that answered it, `{type, eventId, occurredAt, properties}`. */
  event_json: string | null;
  /** The n8n item as it reached the wait. */
  item_json: string;
  created_at: number;
}

export type WaitRow = Selectable<WaitsTable>;

/** What Temporal still has to be told, in order per customer; a row is deleted once Temporal has answered. */
export interface OutboxTable {
  id: Generated<number>;
  customer_id: string;
  run_id: string;
  /** Kept here, for the run may be erased before Temporal has been told. */
  workflow_id: string;
  kind: 'start' | 'exit' | 'event' | 'restart' | 'resume' | 'cancel';
  payload_json: string;
  created_at: number;
  attempts: number;
  /** Not before (epoch ms): back-off after a failure, and the lease of the dispatcher that is working on it. */
  available_at: number;
  last_error: string | null;
}
