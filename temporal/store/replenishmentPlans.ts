/** When what customers have bought runs out: their purchases, the windows of the products, and who gets them by subscription. */
import { noPlan, planPurchase, type ProductPurchase, type ReplenishmentPlan } from '../domain/replenishmentPlan.ts';
import { customerProductKey, findActiveSubscriptions, type CustomerProduct } from './productSubscriptions.ts';
import { readProductWindows, type WindowReader } from './productWindows.ts';
import { readPurchases, type DayPurchase, type Purchases } from './purchases.ts';
import type { Session } from './rows.ts';

export interface PlanAsk extends CustomerProduct {
  /** Counts instead of the last one that is known, e.g. that of one order, or of a run's entry. */
  purchase?: { orderedAt: number; quantity: number };
  /** Counts only where no purchase is known. */
  otherwise?: { orderedAt: number; quantity: number };
  /** Instead of what was bought. */
  quantity?: number;
}

export interface PlannedProduct {
  customerId: string;
  /** null: none is known. */
  purchase: (ProductPurchase & Partial<DayPurchase>) | null;
  plan: ReplenishmentPlan;
  /** They get it by a subscription: there is no plan. */
  isSubscribed: boolean;
}

/** What the caller has read already. */
export interface Known {
  readWindows?: WindowReader;
  /** All purchases of these customers. */
  bought?: Purchases;
}

const SUBSCRIBED = 'It comes by a subscription that is active.';

/** @returns in the order in which it was asked */
export async function planReplenishments(
  session: Session,
  asks: readonly PlanAsk[],
  { readWindows = readProductWindows, bought: known }: Known = {},
): Promise<PlannedProduct[]> {
  if (asks.length === 0) return [];
  const customerIds = asks.map(({ customerId }) => customerId);
  const bought = known ?? (await readPurchases(session, customerIds));
  const windows = await readWindows(session, productsOf(asks, bought));
  const subscribed = await findActiveSubscriptions(session, asks);
  return asks.map((ask): PlannedProduct => {
    const { customerId, productId } = ask;
    const ofCustomer = bought.get(customerId);
    const last = ofCustomer?.get(productId)?.at(-1);
    const isSubscribed = subscribed.has(customerProductKey(ask));
    const purchase = purchaseOf(ask, last);
    if (isSubscribed) return { customerId, purchase, plan: noPlan(SUBSCRIBED), isSubscribed };
    if (!purchase) return { customerId, purchase, plan: noPlan('No purchase of it is known.'), isSubscribed };
    const window = windows.get(productId) ?? { basis: 'none', reason: 'Nothing is known of this product.' };
    const history = [...(ofCustomer?.values() ?? [])].flat();
    return { customerId, purchase, plan: planPurchase(window, purchase, history), isSubscribed };
  });
}

/** Also of the other products that these customers have bought: their tempo tells something about the ones asked for. */
function productsOf(asks: readonly PlanAsk[], bought: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Set<string> {
  const others = [...bought.values()].flatMap((ofCustomer) => [...ofCustomer.keys()]);
  return new Set([...asks.map(({ productId }) => productId), ...others]);
}

function purchaseOf(ask: PlanAsk, last: DayPurchase | undefined): PlannedProduct['purchase'] {
  const { productId, quantity } = ask;
  const given = ask.purchase ?? (last ? undefined : ask.otherwise);
  const purchase = given ? { productId, ...given } : last;
  return purchase ? { ...purchase, quantity: quantity ?? purchase.quantity } : null;
}

/** @returns those of the pairs, by `customerProductKey`, of which a reminder makes sense: a window is known and no subscription runs */
export async function isReplenishable(session: Session, pairs: readonly CustomerProduct[]): Promise<Set<string>> {
  const windows = await readProductWindows(
    session,
    pairs.map(({ productId }) => productId),
  );
  const withWindow = pairs.filter(({ productId }) => windows.get(productId)?.basis !== 'none');
  const subscribed = await findActiveSubscriptions(session, withWindow);
  return new Set(withWindow.map(customerProductKey).filter((key) => !subscribed.has(key)));
}
