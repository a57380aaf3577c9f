/** Keeps each event for the Commerce Triggers that want it, in the transaction that stores it: what is acknowledged gets there. */
import { wants } from '../domain/commerceTrigger.ts';
import type { CommerceTriggerReader } from '../store/commerceTriggers.ts';
import { insertDeliveries, type NewDelivery } from '../store/deliveries.ts';
import type { Session } from '../store/rows.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

/**
 * Events that are stored now: no repeated deliveries, no history, and of an order that came by several topics only the first.
 * @returns whether there is something to deliver
 */
export async function deliverToTriggers(
  session: Session,
  events: readonly ResolvedEvent[],
  reader: CommerceTriggerReader,
  now: number,
): Promise<boolean> {
  const triggers = await reader.all(session.db, now);
  if (triggers.length === 0) return false;
  const deliveries = events
    .filter(({ isHistory, repeatsOrder }) => !isHistory && !repeatsOrder)
    .flatMap(({ event, customerId }): NewDelivery[] =>
      triggers
        .filter(({ connection, subscription }) => connection === event.source && wants(subscription, event))
        .map(({ endpointId }) => ({ endpointId, source: event.source, eventId: event.id, customerId })),
    );
  await insertDeliveries(session, deliveries, now);
  return deliveries.length > 0;
}
