/** What events do to orders, refunds and the totals of those who bought. */
import type { EventItem } from '../domain/event.ts';
import { combineOrders, isVoided, toldOrder, voidedOrder, type Order } from '../domain/orders.ts';
import { replaceOrderLines, type OrderWithItems } from '../store/orderLines.ts';
import type { Session } from '../store/rows.ts';
import {
  alignRefunds,
  findOrders,
  insertRefunds,
  orderKey,
  recountTotals,
  writeOrders,
  type NewRefund,
} from '../store/totals.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

export class OrderEffects {
  readonly #orders: Map<string, Order>;
  readonly #changed = new Map<string, Order>();
  readonly #lines = new Map<string, OrderWithItems>();
  readonly #refunds: NewRefund[] = [];
  /** By customer, whether anything has happened now, and not only in a history that is imported. */
  readonly #recount = new Map<string, boolean>();

  private constructor(orders: Map<string, Order>) {
    this.#orders = orders;
  }

  /** @param events without test orders */
  static async load(session: Session, events: readonly ResolvedEvent[]): Promise<OrderEffects> {
    const told = events.flatMap(({ event, occurredAt, customerId }) => {
      return toldOrder(event, occurredAt, customerId) ?? voidedOrder(event, occurredAt, customerId) ?? [];
    });
    return new OrderEffects(await findOrders(session, told));
  }

  apply(resolved: ResolvedEvent): void {
    const { event, occurredAt, customerId } = resolved;
    const purchase = toldOrder(event, occurredAt, customerId);
    if (purchase) {
      const known = this.#orders.get(orderKey(purchase));
      this.#tell(purchase, event.properties.items ?? [], resolved);
      // Also where only its cancellation is known: it starts and ends nothing, unless it has been paid since.
      const isPaidSince =
        known !== undefined && known.eventId === null && isVoided(known) && !isVoided(combineOrders(known, purchase));
      resolved.repeatsOrder = known !== undefined && !isPaidSince;
      return;
    }
    const voided = voidedOrder(event, occurredAt, customerId);
    if (voided) this.#tell(voided, [], resolved);
    if (event.type === 'refunded') this.#refund(resolved);
  }

  #tell(told: Order, items: readonly EventItem[], { isHistory }: ResolvedEvent): void {
    const key = orderKey(told);
    const known = this.#orders.get(key);
    const order = combineOrders(known, told);
    const holds = told.eventId !== null && order.eventId === told.eventId;
    if (known && !holds && order.paidAt === known.paidAt && order.cancelledAt === known.cancelledAt) return;
    this.#orders.set(key, order);
    this.#changed.set(key, order);
    if (holds) this.#lines.set(key, { source: told.source, orderId: told.orderId, items });
    this.#count(order.customerId, isHistory);
    if (known) this.#count(known.customerId, isHistory);
  }

  #count(customerId: string, isHistory: boolean): void {
    this.#recount.set(customerId, !isHistory || this.#recount.get(customerId) === true);
  }

  #refund({ event, occurredAt, customerId, isHistory }: ResolvedEvent): void {
    const { valueMinor, currency, orderId } = event.properties;
    if (orderId === undefined || valueMinor === undefined || currency === undefined) return;
    const { source } = event;
    this.#refunds.push({ source, eventId: event.id, orderId, customerId, valueMinor, currency, occurredAt });
    this.#count(customerId, isHistory);
  }

  async write(session: Session, now: number): Promise<void> {
    await writeOrders(session, [...this.#changed.values()]);
    await replaceOrderLines(session, [...this.#lines.values()]);
    await insertRefunds(session, this.#refunds);
    const moved = await alignRefunds(session, [...this.#changed.values(), ...this.#refunds]);
    // Refunds of history that go over to the buyer are history, too.
    for (const id of moved)
      if (!this.#recount.has(id)) this.#recount.set(id, [...this.#recount.values()].includes(true));
    const ids = (isLive: boolean) => [...this.#recount].flatMap(([id, live]) => (live === isLive ? id : []));
    await recountTotals(session, ids(true), 'told', now);
    await recountTotals(session, ids(false), 'untold', now);
  }
}
