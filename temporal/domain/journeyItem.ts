/** The item that travels over the canvas: the customer, the run, the event that answered a wait, and what nodes added. */
import type { Channel, ConsentState } from './event.ts';
import type { Track } from './tracks.ts';
import type { CustomerScores } from './customerScores.ts';
import type { CustomerTotals } from './customerTotals.ts';
import type { SegmentOutcome } from './journey.ts';

/** Ids in the sample item of a manual test in the editor: they name nobody, and nothing is claimed or sent for them. */
export const TEST_RUN_ID = 'run_test';
export const TEST_CUSTOMER_ID = 'cus_test';

/** `id`, `email`, `phone`, `externalId`, `totals`, `scores` and all properties of the customer, e.g. `firstName`. */
export interface ItemCustomer {
  id: string;
  email?: string;
  phone?: string;
  externalId?: string;
  /** State of each channel. */
  consent?: Record<Channel, ConsentState>;
  preferences?: { tracks: Track[] };
  /** What the customer has ordered, by whatever identifier. */
  totals?: CustomerTotals;
  /** What is calculated of them: segment, what is to be expected, what they like. */
  scores?: CustomerScores;
  [property: string]: unknown;
}

export interface ItemEvent {
  type: string;
  /** RFC 3339 UTC. */
  occurredAt: string;
  properties: Record<string, unknown>;
}

export interface ItemRun {
  id: string;
  /** Journey key. */
  journey: string;
  segment: number;
  /** Name of the node where this segment starts. */
  step: string;
  /** RFC 3339 UTC. */
  enteredAt: string;
  outcome: SegmentOutcome;
  entry: ItemEvent;
}

export interface JourneyItem {
  customer: ItemCustomer;
  run: ItemRun;
  /** Only after a wait that an event has ended. */
  event?: ItemEvent;
  [added: string]: unknown;
}

export interface CustomerFacts {
  id: string;
  properties: Record<string, unknown>;
  /** Of one kind the newest comes last. */
  identifiers: { kind: string; value: string }[];
  /** Channels that nothing has been said about are missing. */
  consent: Partial<Record<Channel, ConsentState>>;
  tracks: Track[];
  totals?: CustomerTotals;
  scores?: CustomerScores;
}

export function itemCustomer(facts: CustomerFacts): ItemCustomer {
  const customer: ItemCustomer = {
    ...facts.properties,
    id: facts.id,
    consent: consentOfAll(facts.consent),
    preferences: { tracks: facts.tracks },
  };
  for (const { kind, value } of facts.identifiers) {
    if (kind === 'email' || kind === 'phone' || kind === 'externalId') customer[kind] = value;
  }
  if (facts.totals) customer.totals = facts.totals;
  if (facts.scores) customer.scores = facts.scores;
  return customer;
}

const consentOfAll = (known: CustomerFacts['consent']): Record<Channel, ConsentState> => ({
  email: known.email ?? 'never',
  sms: known.sms ?? 'never',
  whatsapp: known.whatsapp ?? 'never',
  push: known.push ?? 'never',
});

/**
 * @param carried what reached the last wait; its customer, run and event are of then and give way to those of now
 * @param event null unless an event has ended the wait
 */
export function journeyItem(
  carried: Record<string, unknown>,
  customer: ItemCustomer,
  run: ItemRun,
  event: ItemEvent | null,
): JourneyItem {
  const item: JourneyItem = { ...carried, customer, run };
  if (event) item.event = event;
  else delete item.event;
  return item;
}
