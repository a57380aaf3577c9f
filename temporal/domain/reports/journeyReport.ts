/** The reports of journeys: their messages, runs and control group, put together from sums that the store has made. */
import type { Channel } from '../event.ts';
import { MessageSums, type AttributedOrders, type DecidedMessages, type Revenue } from './messageReport.ts';

export interface RunCounts {
  entered: number;
  active: number;
  completed: number;
  exited: number;
  cancelled: number;
  failed: number;
}

/** One of the two groups of a holdout. */
export interface HoldoutArm {
  /** null: of all journeys together. */
  journey: string | null;
  arm: 'heldOut' | 'reached';
  customers: number;
  revenue: Revenue[];
}

export interface ReportParts {
  /** The journeys that are to be in it, with their names, also those without messages. */
  journeys: readonly { key: string; name: string }[];
  messages: readonly DecidedMessages[];
  orders: readonly AttributedOrders[];
  runs: ReadonlyMap<string, RunCounts>;
  holdout: readonly HoldoutArm[];
}

interface NodeSums {
  node: string;
  nodeName: string;
  channel: Channel;
  newestAt: number;
  sums: MessageSums;
}

interface JourneySums {
  sums: MessageSums;
  nodes: Map<string, NodeSums>;
}

const NO_RUNS: RunCounts = { entered: 0, active: 0, completed: 0, exited: 0, cancelled: 0, failed: 0 };

export function journeyReports({ journeys, messages, orders, runs, holdout }: ReportParts) {
  const total = new MessageSums();
  const byJourney = new Map<string | null, JourneySums>();
  const journeyOf = (key: string | null): JourneySums => {
    const sums = byJourney.get(key) ?? { sums: new MessageSums(), nodes: new Map<string, NodeSums>() };
    byJourney.set(key, sums);
    return sums;
  };
  for (const { key } of journeys) journeyOf(key);
  for (const decided of messages) {
    const { node, nodeName, channel, newestAt } = decided;
    const journey = journeyOf(decided.journey);
    const key = nodeKey(decided);
    const known = journey.nodes.get(key) ?? { node, nodeName, channel, newestAt, sums: new MessageSums() };
    if (newestAt > known.newestAt) Object.assign(known, { nodeName, newestAt });
    journey.nodes.set(key, known);
    for (const sums of [known.sums, journey.sums, total]) sums.addMessages(decided);
  }
  for (const order of orders) {
    const journey = journeyOf(order.journey);
    // An order is brought by a message that is among the decided ones.
    for (const sums of [journey.nodes.get(nodeKey(order))?.sums, journey.sums, total]) sums?.addRevenue(order);
  }
  const names = new Map(journeys.map(({ key, name }) => [key, name]));
  const items = [...byJourney].sort(byKey).map(([key, { sums, nodes }]) => ({
    journey: key,
    name: key === null ? null : (names.get(key) ?? key),
    runs: key === null ? null : (runs.get(key) ?? NO_RUNS),
    ...sums.shown(),
    holdout: key === null ? null : comparison(holdout, key),
    messages: [...nodes.values()]
      .sort((a, b) => a.newestAt - b.newestAt || (a.node < b.node ? -1 : 1))
      .map(({ node, nodeName, channel, sums: ofNode }) => ({ node, nodeName, channel, ...ofNode.shown() })),
  }));
  const allRuns = { ...NO_RUNS };
  for (const counts of runs.values()) {
    for (const name of Object.keys(NO_RUNS) as (keyof RunCounts)[]) allRuns[name] += counts[name];
  }
  return { items, total: { runs: allRuns, ...total.shown(), holdout: comparison(holdout, null) } };
}

const nodeKey = ({ node, channel }: { node: string; channel: Channel }) => `${channel}/${node}`;

/** By key; sends outside of journeys come last. */
function byKey([a]: [string | null, unknown], [b]: [string | null, unknown]): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a < b ? -1 : 1;
}

/** null where nobody was held out. */
function comparison(arms: readonly HoldoutArm[], journey: string | null) {
  const armOf = (arm: HoldoutArm['arm']) => arms.find((one) => one.journey === journey && one.arm === arm);
  const heldOut = armOf('heldOut');
  if (!heldOut) return null;
  return { heldOut: shownArm(heldOut), reached: shownArm(armOf('reached')) };
}

function shownArm(arm: HoldoutArm | undefined) {
  const { customers = 0, revenue = [] } = arm ?? {};
  const orders = revenue.reduce((sum, one) => sum + one.orders, 0);
  return {
    customers,
    orders,
    ordersPerCustomer: customers > 0 ? orders / customers : null,
    revenue: revenue.map((one) => ({
      ...one,
      revenuePerCustomerMinor: customers > 0 ? one.revenueMinor / customers : null,
    })),
  };
}
