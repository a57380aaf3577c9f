/** `/`: what needs attention, a customer to be found, and how the journeys stand. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { journeyPath } from '../../operatorLinks.ts';
import { listedJourneys, type ListedJourney } from '../../store/operator/journeyOverview.ts';
import { sessionOf } from '../../store/rows.ts';
import type { ServiceContext } from '../context.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { attention } from './attention.ts';
import { attentionSection } from './attentionSection.ts';
import { searchCard } from './customersPage.ts';
import { NO_JOURNEYS } from './journeysPage.ts';
import { boundedWords, stateBadge } from './journeyWords.ts';
import { operatorPage } from './layout.ts';
import { nothing } from './shown.ts';
import { dataTable } from './table.ts';

export function startPageRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, settings } = context;
  const session = sessionOf(store.db);
  return (app, _options, done) => {
    app.get('/', { schema: { hide: true } }, async (_request, reply) => {
      const journeys = await listedJourneys(session);
      const wrong = await attention(context, session, await context.parts(), journeys);
      return reply.send(
        operatorPage(
          { title: 'Overview', shop: settings.shopName, place: '/' },
          attentionSection(wrong),
          searchCard('', null),
          journeysSection(journeys),
        ),
      );
    });
    done();
  };
}

const journeysSection = (journeys: readonly ListedJourney[]): Markup =>
  html`<section>
    <h2>Journeys</h2>
    ${
      journeys.length === 0
        ? nothing(NO_JOURNEYS)
        : dataTable({
            caption: 'Journeys, their state and how many are in them',
            isCaptionHidden: true,
            columns: [{ name: 'Journey' }, { name: 'State' }, { name: 'In it now', kind: 'number' }],
            rows: journeys.map(({ key, name, state, open }) => [
              html`<a href="${journeyPath(key)}">${name}</a>`,
              stateBadge(state),
              boundedWords(open),
            ]),
          })
    }
  </section>`;
