/** What the dispatcher needs of Temporal: `TemporalClientPort` in ../temporalPort.ts, or a fake in tests. */
import type { CustomerJourneyInput, EventSignal, RestartSignal } from '../workflows/messages.ts';

/**
 * `started`: now · `alreadyStarted`: this very run had been started, an earlier answer was lost · `busy`: an earlier run of
 * the same customer has not closed yet.
 */
export type StartAnswer = 'started' | 'alreadyStarted' | 'busy';
/** `gone`: the run has closed, or never was: nobody is left to be told. */
export type DeliveryAnswer = 'delivered' | 'gone';

/** Every call may be repeated, and ends well within the dispatcher's lease of a row (60 s) or rejects. */
export interface TemporalPort {
  start(input: CustomerJourneyInput, workflowId: string): Promise<StartAnswer>;
  event(workflowId: string, runId: string, signal: EventSignal): Promise<DeliveryAnswer>;
  restart(workflowId: string, runId: string, signal: RestartSignal): Promise<DeliveryAnswer>;
  resume(workflowId: string, runId: string): Promise<DeliveryAnswer>;
  cancel(workflowId: string, runId: string): Promise<DeliveryAnswer>;
}
