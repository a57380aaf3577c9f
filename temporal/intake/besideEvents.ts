/** What filters look at beside the events of a batch: their customers, the catalogue, and what open runs began with. */
import { isNews } from '../domain/catalogue/interests.ts';
import { looksAtEntry } from '../domain/entryParts.ts';
import type { MatchedEvent, RuleFacts } from '../domain/ruleMatching.ts';
import type { EventRule } from '../domain/eventRule.ts';
import type { Journey } from '../store/journeys.ts';
import type { Session } from '../store/rows.ts';
import { readRuleFacts } from '../store/ruleFacts.ts';
import { readEntryProperties, type OpenRun } from '../store/runs.ts';
import type { Buyers } from './buyers.ts';
import { Replenishable, type PossibleEntry } from './replenishable.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

/** What the rules of a batch are held against, beside the events themselves. */
export interface Beside {
  /** By event; those that no rule asks for are missing. */
  facts: Map<ResolvedEvent, RuleFacts>;
  /** By run, what its entry event carried; only where there is news of products, or runs are about products. */
  entries: Map<string, Readonly<Record<string, unknown>>>;
  /** Customers who have ordered before; it learns as the batch goes on. */
  buyers: Buyers;
  /** Products that run out, for whom; only for journeys that ask. */
  replenishable: Replenishable;
}

/** The event as filters see it. */
export const matched = (resolved: ResolvedEvent, { facts }: Beside): MatchedEvent => {
  const known = facts.get(resolved);
  return known ? { ...resolved.event, facts: known } : resolved.event;
};

/** Nothing is read for rules that look at the event alone. */
export async function readBeside(
  session: Session,
  journeys: readonly Journey[],
  events: readonly ResolvedEvent[],
  runs: readonly OpenRun[],
  buyers: Buyers,
  timeScale: number,
): Promise<Beside> {
  const rules: EventRule[] = [
    ...journeys.flatMap(({ definition, published }) => [...(published ? definition.entries : []), ...definition.exits]),
    ...runs.flatMap(({ wait }) => (wait?.spec.kind === 'event' ? wait.spec.events : [])),
  ];
  const found = await readRuleFacts(
    session,
    events.map(({ customerId, event, occurredAt, repeatsOrder }) => ({
      ...{ customerId, ...event, occurredAt },
      counts: event.test !== true && !repeatsOrder,
    })),
    rules,
    timeScale,
  );
  const facts = new Map(
    events.flatMap((event, index) => {
      const known = found[index];
      return known ? [[event, known] as const] : [];
    }),
  );
  const hasNews = events.some(({ event }) => isNews(event.type));
  const byProduct = new Set(journeys.flatMap(({ key, definition }) => (looksAtEntry(definition) ? key : [])));
  const ids = runs.flatMap(({ id, journeyKey }) => (hasNews || byProduct.has(journeyKey) ? id : []));
  return {
    facts,
    entries: await readEntryProperties(session, ids),
    buyers,
    replenishable: await Replenishable.among(session, choosy(journeys, events)),
  };
}

/** What the events may bring into journeys that are for products which run out. */
function choosy(journeys: readonly Journey[], events: readonly ResolvedEvent[]): PossibleEntry[] {
  const types = new Set<string>(
    journeys
      .filter(({ published, definition }) => published && definition.onlyReplenishable)
      .flatMap(({ definition }) => definition.entries.map(({ type }) => type)),
  );
  return events
    .filter(({ event, isHistory }) => !isHistory && types.has(event.type))
    .map(({ customerId, event: { properties } }) => ({ customerId, properties }));
}
