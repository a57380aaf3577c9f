/** `/customers`: somebody is looked for. What was typed travels in the form's body, never in an address. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { customerPath } from '../../operatorLinks.ts';
import { searchCustomers, type FoundCustomer } from '../../store/customerSearch.ts';
import type { ServiceContext } from '../context.ts';
import { searchPage, SHORTEST_SEARCH, typedText } from '../customerSearch.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { pageAnswer } from '../paging.ts';
import { Problem } from '../problem.ts';
import { exactMoney } from './eventWords.ts';
import { operatorPage } from './layout.ts';
import { count, nothing } from './shown.ts';
import { dataTable } from './table.ts';
import { minute } from './timeline.ts';

export function customersPageRoutes({ store, settings }: ServiceContext): FastifyPluginCallbackTypebox {
  const page = (...content: Markup[]): string =>
    operatorPage({ title: 'Customers', shop: settings.shopName, place: '/customers' }, ...content);

  return (app, _options, done) => {
    app.get('/customers', { schema: { hide: true } }, (_request, reply) => reply.send(page(searchCard('', null))));

    app.post('/customers', { schema: { hide: true } }, async (request, reply) => {
      const fields = request.body as Readonly<Record<string, unknown>> | null;
      const typed = typeof fields?.['q'] === 'string' ? fields['q'] : '';
      const cursor = typeof fields?.['cursor'] === 'string' ? { cursor: fields['cursor'] } : {};
      const text = readText(typed);
      if (text === null) return reply.code(400).send(page(searchCard(typed, TOO_LITTLE)));
      const { items, nextCursor } = pageAnswer(await searchCustomers(store, text, searchPage(cursor)));
      const [only] = items;
      // Whoever types a whole address means this one.
      if (only && items.length === 1 && nextCursor === null && !('cursor' in cursor))
        return reply.redirect(customerPath(only.id), 303);
      return reply.send(page(searchCard(typed, null), resultsCard(typed, items, nextCursor)));
    });
    done();
  };
}

const TOO_LITTLE = `Type at least ${SHORTEST_SEARCH} characters, and at most 200.`;

function readText(typed: string): string | null {
  try {
    return typedText(typed);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

/** Also on other pages. @param typed as it was @param problem a sentence; null: none */
export const searchCard = (typed: string, problem: string | null): Markup =>
  html`<section>
    <h2>Find a customer</h2>
    ${problem !== null && html`<p class="wrong" role="alert">${problem}</p>`}
    <form method="post" action="/customers" class="search" role="search">
      <label for="q">E-mail, phone, customer number, name or our id</label>
      <input id="q" name="q" type="search" value="${typed}" required maxlength="200" autocomplete="off" />
      <button>Find</button>
    </form>
  </section>`;

function resultsCard(typed: string, found: readonly FoundCustomer[], nextCursor: string | null): Markup {
  if (found.length === 0) {
    return html`<section>
      <h2>Nobody found</h2>
      ${nothing('Addresses and numbers are found by their beginning, names whatever their case and accents. Whoever was erased is not found.')}
    </section>`;
  }
  return html`<section>
    <h2>Found</h2>
    ${dataTable({
      caption: 'Customers that fit what was typed',
      isCaptionHidden: true,
      columns: [
        { name: 'Customer' },
        { name: 'E-mail' },
        { name: 'Phone' },
        { name: 'Customer number' },
        { name: 'Orders', kind: 'number' },
        { name: 'Revenue', kind: 'number' },
        { name: 'Last order', kind: 'time' },
      ],
      rows: found.map(({ id, email, phone, externalId, firstName, lastName, totals }) => [
        html`<a href="${customerPath(id)}">${nameOf(firstName, lastName) ?? email ?? phone ?? externalId ?? id}</a>`,
        email ?? '–',
        phone ?? '–',
        externalId ?? '–',
        count(totals.orders),
        totals.currency === null ? '–' : exactMoney(totals.revenueMinor, totals.currency),
        minute(totals.lastOrderAt),
      ]),
    })}
    ${
      nextCursor !== null &&
      html`<form method="post" action="/customers">
        <input type="hidden" name="q" value="${typed}" />
        <input type="hidden" name="cursor" value="${nextCursor}" />
        <button class="quiet">More</button>
      </form>`
    }
  </section>`;
}

const nameOf = (first: string | null, last: string | null): string | null =>
  [first, last].filter((part) => part !== null).join(' ') || null;
