/** What filters know beside the event: its customer, and the products that it names. Read only for rules that ask. */
import { factsOfNamed } from '../domain/catalogue/productFacts.ts';
import { namedProducts } from '../domain/catalogue/interests.ts';
import { needsFacts, type FactsNeeded, type RuleFacts } from '../domain/ruleMatching.ts';
import type { EventRule } from '../domain/eventRule.ts';
import { itemCustomer } from '../domain/journeyItem.ts';
import { readCustomers, type CustomerView } from './customers.ts';
import { readProducts } from './products.ts';
import type { Session } from './rows.ts';

export interface FactsQuestion {
  customerId: string;
  type: string;
  properties: Readonly<Record<string, unknown>>;
}

/**
 * @param rules all that the events may be held against
 * @returns for each question what its rules ask for; null where none asks
 */
export async function readRuleFacts(
  session: Session,
  questions: readonly FactsQuestion[],
  rules: readonly EventRule[],
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
  return asking.map(({ question, needs }, index) => {
    if (!needs?.customer && !needs?.product) return null;
    const view = customers.get(question.customerId);
    return {
      ...(needs.customer && view && { customer: customerFacts(view) }),
      ...(needs.product && { product: factsOfNamed(named[index] ?? [], (id) => products.get(id)?.product) }),
    };
  });
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
