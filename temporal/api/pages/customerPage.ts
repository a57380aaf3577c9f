/** `/customers/{id}`: what happened to one customer, and why. An old id of a merged one leads to the survivor. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { customerPath } from '../../operatorLinks.ts';
import { readCustomers } from '../../store/customers.ts';
import { survivingIds } from '../../store/identities.ts';
import { readJourneyNames } from '../../store/journeys.ts';
import { listRuns } from '../../store/lists.ts';
import { placeWord, readPlace, type TimelinePlace } from '../../store/operator/timelinePlace.ts';
import { readTimeline } from '../../store/operator/timelineRows.ts';
import { sessionOf } from '../../store/rows.ts';
import type { ServiceContext } from '../context.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { consentSection, openRunsSection, scoresSection, whoSection } from './customerFacts.ts';
import { customerEntry } from './customerTimeline.ts';
import { operatorPage } from './layout.ts';
import { NotThere } from './notThere.ts';
import { count, nothing } from './shown.ts';
import { timeline } from './timeline.ts';

const PAGE = 50;
/** Runs at a time of one customer. */
const MOST_OPEN = 50;
const DAY_MS = 86_400_000;

export function customerPageRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const session = sessionOf(context.store.db);
  return (app, _options, done) => {
    app.get<{ Params: { id: string }; Querystring: { before?: unknown } }>(
      '/customers/:id',
      { schema: { hide: true } },
      async (request, reply) => {
        const { id } = request.params;
        const survivor = id.includes('\0') ? undefined : (await survivingIds(session, [id])).get(id);
        if (survivor === undefined) throw noCustomer();
        if (survivor !== id) return reply.redirect(customerPath(survivor), 303);
        return reply.send(await customerPage(context, id, readPlace(request.query.before)));
      },
    );
    done();
  };
}

const noCustomer = (): NotThere =>
  new NotThere('/customers', 'No such customer', 'There is no customer with this id. They may have been erased.');

async function customerPage(
  { store, settings, now }: ServiceContext,
  id: string,
  place: TimelinePlace | null,
): Promise<string> {
  const session = sessionOf(store.db);
  const customer = (await readCustomers(session, [id])).get(id);
  if (!customer) throw noCustomer();
  const journeys = await readJourneyNames(store.db);
  const open = await listRuns(store.db, { customerId: id, status: 'running' }, { limit: MOST_OPEN, after: null });
  const { rows, next } = await readTimeline(session, id, place, PAGE);
  const upper = [
    whoSection(customer),
    openRunsSection(open.items, journeys, now()),
    consentSection(customer),
    scoresSection(customer.scores),
  ];
  return operatorPage(
    { title: 'Customer', shop: settings.shopName, place: '/customers' },
    place === null && upper,
    html`<section>
      <h2>What happened</h2>
      <p class="hint">Newest first. Times are UTC.</p>
      ${
        rows.length === 0
          ? nothing(place === null ? 'Nothing is known.' : 'Nothing before that.')
          : timeline(rows.map((row) => customerEntry(row, journeys)))
      }
      ${next === null && settings.eventRetentionMs !== null && retentionNote(settings.eventRetentionMs)}
      ${pager(id, place, next)}
    </section>`,
  );
}

const retentionNote = (ms: number): Markup =>
  html`<p class="hint">
    Events are kept for ${count(ms / DAY_MS)} days (JOURNEYS_EVENT_RETENTION): there may have been more.
  </p>`;

function pager(id: string, place: TimelinePlace | null, next: TimelinePlace | null): Markup | null {
  if (place === null && next === null) return null;
  const path = customerPath(id);
  return html`<nav aria-label="Pages of the timeline">
    <ul>
      ${place !== null && html`<li><a href="${path}">The customer, and the newest</a></li>`}
      ${next !== null && html`<li><a href="${path}?before=${placeWord(next)}">Earlier</a></li>`}
    </ul>
  </nav>`;
}
