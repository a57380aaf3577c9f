/** What rules know beside the event: its customer, the products that it names, others like it. Read only for rules that ask. */
import type { CanonicalEvent } from '../domain/event.ts';
import { factsOfNamed } from '../domain/catalogue/productFacts.ts';
import { namedProducts } from '../domain/catalogue/interests.ts';
import { needsFacts, type FactsNeeded, type RuleFacts } from '../domain/ruleMatching.ts';
import type { EventRule } from '../domain/eventRule.ts';
import { itemCustomer } from '../domain/journeyItem.ts';
import type { LikeEvent } from '../domain/repetition.ts';
import { readCustomers, type CustomerView } from './customers.ts';
import { eventKey, findEventsAfter } from './events.ts';
import { readProducts } from './products.ts';
import type { Session } from './rows.ts';

export interface FactsQuestion {
  customerId: string;
  id: string;
  source: string;
  type: CanonicalEvent['type'];
  /** Epoch ms. */
  occurredAt: number;
  /** false: a test, or an order told again; it makes no other event happen more often. */
  counts?: boolean;
  properties: Readonly<Record<string, unknown>>;
}

/**
 * @param questions events that are stored or about to be
 * @param rules all that the events may be held against
 * @returns for each question what its rules ask for; null where none asks
 */
export async function readRuleFacts(
  session: Session,
  questions: readonly FactsQuestion[],
  rules: readonly EventRule[],
  timeScale: number,
): Promise<(RuleFacts | null)[]> {
  const byType = new Map<string, FactsNeeded>();
  for (const { type } of questions) if (!byType.has(type)) byType.set(type, needsFacts(rules, type));
  const asking = questions.map((question) => ({ question, needs: byType.get(question.type) }));
  const customers = await readCustomers(
    session,
    asking.flatMap(({ question, needs }) => (needs?.customer ? question.customerId : [])),
  );
  const named = asking.map(({ question, needs }) => (needs?.product ? namedProducts(question.properties) : []));
  const products = await readProducts(
    session,
    named.flat().map(({ productId }) => productId),
  );
  const others = await othersOf(session, asking, timeScale);
  return asking.map(({ question, needs }, index) => {
    const like = others.get(question);
    if (!needs?.customer && !needs?.product && !like) return null;
    const view = customers.get(question.customerId);
    return {
      ...(needs?.customer && view && { customer: customerFacts(view) }),
      ...(like && { others: like }),
      ...(needs?.product && { product: factsOfNamed(named[index] ?? [], (id) => products.get(id)?.product) }),
    };
  });
}

type Asking = { question: FactsQuestion; needs: FactsNeeded | undefined };

/** Events of the same type and customer around those that ask: of the store, and of the questions themselves. */
async function othersOf(
  session: Session,
  all: readonly Asking[],
  timeScale: number,
): Promise<Map<FactsQuestion, LikeEvent[]>> {
  const asking = all.filter(({ needs }) => (needs?.othersWithinMs ?? 0) > 0);
  if (asking.length === 0) return new Map();
  const within = ({ needs }: Asking): number => (needs?.othersWithinMs ?? 0) / timeScale;
  const stored = await findEventsAfter(
    session,
    new Set(asking.map(({ question }) => question.customerId)),
    [...new Set(asking.map(({ question }) => question.type))],
    Math.min(...asking.map((one) => one.question.occurredAt - within(one))) - 1,
  );
  const known = [
    ...stored.map(({ customerId, occurredAt, event }) => ({ customerId, occurredAt, ...event })),
    ...asking.flatMap(({ question }) => (question.counts === false ? [] : question)),
  ];
  const distinct = new Map(known.map((one) => [eventKey(one), one]));
  const byCustomer = Map.groupBy(distinct.values(), ({ customerId }) => customerId);
  return new Map(
    asking.map((one) => {
      const { question } = one;
      const others = (byCustomer.get(question.customerId) ?? []).filter(
        (other) =>
          other.type === question.type &&
          eventKey(other) !== eventKey(question) &&
          Math.abs(other.occurredAt - question.occurredAt) <= within(one),
      );
      const like = others.map(({ occurredAt, properties }) => ({
        distanceMs: Math.round((occurredAt - question.occurredAt) * timeScale),
        properties,
      }));
      return [question, like] as const;
    }),
  );
}

/** As an item of the canvas has the customer, and besides `totals`, `scores` and all `properties`. */
function customerFacts(view: CustomerView): Record<string, unknown> {
  const { id, identifiers, properties, totals, scores, preferences } = view;
  const consent = Object.fromEntries(Object.entries(view.consent).map(([channel, { state }]) => [channel, state]));
  return {
    ...itemCustomer({ id, properties, identifiers, consent, tracks: preferences.tracks }),
    properties,
    totals,
    scores,
  };
}
