/** What the end of a wait depends on beside its fields: the customer's clock, their preferred hour, and what they have bought. */
import type { PreferredHour } from '../domain/affinity/preferredHour.ts';
import type { Consumption } from '../domain/consumptionWindow.ts';
import type { WaitSpec } from '../domain/waitSpec.ts';
import { ZONE_PROPERTIES } from '../domain/profile.ts';
import { productOfRun, type RunProduct } from '../domain/runProduct.ts';
import { readPreferredHours } from './affinities.ts';
import { planReplenishments, type PlanAsk } from './replenishmentPlans.ts';
import type { Session } from './rows.ts';
import { readCustomers } from './segmentFacts.ts';

export interface WaitingRun {
  runId: string;
  customerId: string;
  entryKey: string;
  /** Epoch ms. */
  entryOccurredAt: number;
  /** Properties of the event that began the run. */
  entry: Readonly<Record<string, unknown>>;
  spec: WaitSpec;
}

export interface WaitFacts {
  zone?: string;
  preferredHour?: PreferredHour;
  consumption?: Consumption;
}

/** @returns in the order of the runs; nothing is read for waits that do not ask */
export async function readWaitFacts(session: Session, runs: readonly WaitingRun[]): Promise<WaitFacts[]> {
  const zones = await readZones(session, runs);
  const hours = await readPreferredHours(
    session,
    runs.flatMap(({ spec, customerId }) => (spec.kind === 'preferredHour' ? customerId : [])),
  );
  const consumptions = await readConsumptions(session, runs);
  return runs.map((run, index) => {
    const zone = zones.get(run.customerId);
    const preferredHour = hours.get(run.customerId);
    const consumption = consumptions[index];
    return {
      ...(zone !== undefined && { zone }),
      ...(preferredHour !== undefined && { preferredHour }),
      ...(consumption && { consumption }),
    };
  });
}

/** The wait's product is another matter than the customer's clock: where none can be told, that is why there is no date. */
export async function readConsumptions(
  session: Session,
  runs: readonly WaitingRun[],
): Promise<(Consumption | undefined)[]> {
  const asks: PlanAsk[] = [];
  const places = runs.map(({ spec, entry, entryKey, customerId, entryOccurredAt }) => {
    if (spec.kind !== 'replenishment') return null;
    const { product, problem } = productOfRun(spec.productId, entry, entryKey);
    if (problem !== undefined) return { kind: 'none', reason: problem } satisfies Consumption;
    return asks.push(askOf(spec, product, customerId, entryOccurredAt)) - 1;
  });
  const planned = await planReplenishments(session, asks);
  return places.map((place) => {
    if (typeof place !== 'number') return place ?? undefined;
    const plan = planned[place]?.plan;
    if (plan?.window) return { kind: 'window', window: plan.window };
    return { kind: 'none', reason: `(product ${asks[place]?.productId ?? ''}) ${plan?.reason ?? ''}` };
  });
}

function askOf(
  spec: WaitSpec & { kind: 'replenishment' },
  product: RunProduct,
  customerId: string,
  entryOccurredAt: number,
): PlanAsk {
  const { productId } = product;
  return {
    customerId,
    productId,
    // A run that was begun by hand may know of no order.
    otherwise: { orderedAt: entryOccurredAt, quantity: product.quantity ?? 1 },
    ...(spec.quantity !== undefined && { quantity: spec.quantity }),
  };
}

async function readZones(session: Session, runs: readonly WaitingRun[]): Promise<Map<string, string>> {
  const asking = runs.filter(({ spec }) => (spec.kind === 'localTime' || spec.kind === 'preferredHour') && !spec.zone);
  const customers = await readCustomers(
    session,
    asking.map(({ customerId }) => customerId),
  );
  return new Map(
    [...customers.values()].flatMap(({ id, properties }) => {
      const zone = ZONE_PROPERTIES.map((name) => properties[name]).find((value) => value !== undefined);
      return typeof zone === 'string' ? [[id, zone] as const] : [];
    }),
  );
}
