/** Privacy: everything held about a customer, requests that shops have passed on, and who has changed what. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { insertAudit } from '../store/audit.ts';
import { exportCustomer } from '../store/customerExport.ts';
import { listChanges } from '../store/lists.ts';
import { findRequest, listRequests, setRequestState, showRequest } from '../store/privacyRequests.ts';
import type { Session } from '../store/rows.ts';
import type { ServiceContext } from './context.ts';
import { AnyObject, CustomerSchema, Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID, customerExample, storedEventExample } from './examples.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';
import { survivorOf } from './survivor.ts';

const IdParams = Type.Object({ id: Type.String() });
const AT = '2026-11-22T10:00:00.000Z';

const Export = Type.Object(
  {
    exportedAt: Type.String(),
    customer: CustomerSchema,
    data: Type.Record(Type.String(), Type.Array(AnyObject), {
      description: 'By table: its rows about this customer. Times in RFC 3339, money in minor units.',
    }),
  },
  {
    examples: [{ exportedAt: AT, customer: customerExample, data: { events: [storedEventExample], orders: [] } }],
  },
);

const requestExample = {
  id: 'prv_01',
  source: 'main-shop',
  kind: 'customers/data_request',
  state: 'open',
  receivedAt: AT,
  doneAt: null,
  customerId: CUSTOMER_ID,
  export: `/v1/customers/${CUSTOMER_ID}/export`,
  erasedCustomers: 0,
};
const State = Type.Enum(['open', 'running', 'done']);
const PrivacyRequest = Type.Object(
  {
    id: Type.String(),
    source: Type.String({ description: 'Connection that passed it on' }),
    kind: Type.Enum(['customers/data_request', 'customers/redact', 'shop/redact']),
    state: State,
    receivedAt: Type.String(),
    doneAt: Nullable(Type.String()),
    customerId: Nullable(Type.String()),
    export: Nullable(Type.String({ description: 'Path of what is held about the customer' })),
    erasedCustomers: Type.Integer(),
  },
  { examples: [requestExample] },
);

const Change = Type.Object(
  { at: Type.String(), actor: Type.String(), action: Type.String(), details: AnyObject },
  { examples: [{ at: AT, actor: 'api', action: 'connection.changed', details: { connection: 'main-shop' } }] },
);

export function privacyRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['privacy'];
  const problems = { 400: ProblemSchema, 404: ProblemSchema };

  return (app, _options, done) => {
    app.get(
      '/customers/:id/export',
      {
        schema: {
          tags,
          summary: 'Everything held about a customer',
          description:
            'Profile, identifiers, consent with its history, orders with lines, refunds, events, runs with steps and waits, ' +
            'messages, interests, requests and audit. That it was asked for is written into the audit.',
          params: IdParams,
          response: { 200: Export, ...problems },
        },
      },
      async (request) => {
        const { id } = request.params;
        const survivor = await survivorOf(session, id);
        const exported = await exportCustomer(session, survivor, now());
        if (exported === null) throw notFound('customer', id);
        const note = { customerId: survivor, actor: 'api', action: 'customer.exported', details: {} };
        await store.transaction((db) => insertAudit({ db, dialect: store.dialect }, [note], now()));
        return exported;
      },
    );

    app.get(
      '/privacy-requests',
      {
        schema: {
          tags,
          summary: 'Privacy requests that shops have passed on, newest first',
          description:
            '`customers/redact` has been done when it shows here, `shop/redact` is worked off in the background (`running`). ' +
            '`customers/data_request` stays `open` until you have sent the customer the export and say `done`.',
          querystring: Type.Object({ state: Type.Optional(State), ...PageQuery }),
          response: { 200: PageOf(PrivacyRequest), 400: ProblemSchema },
        },
      },
      async (request) => pageAnswer(await listRequests(store.db, request.query.state, pageRequest(request.query))),
    );

    app.get(
      '/privacy-requests/:id',
      {
        schema: {
          tags,
          summary: 'One privacy request',
          params: IdParams,
          response: { 200: PrivacyRequest, ...problems },
        },
      },
      async (request) => {
        const found = await findRequest(store.db, request.params.id);
        if (!found) throw notFound('privacy request', request.params.id);
        return showRequest(found);
      },
    );

    app.put(
      '/privacy-requests/:id',
      {
        schema: {
          tags,
          summary: 'Say that a data request has been answered',
          params: IdParams,
          body: Type.Object({ state: Type.Enum(['open', 'done']) }, { examples: [{ state: 'done' }] }),
          response: { 200: PrivacyRequest, ...problems, 409: ProblemSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { state } = request.body;
        return await store.transaction(async (db) => {
          const changing: Session = { db, dialect: store.dialect };
          const found = await findRequest(db, id);
          if (!found) throw notFound('privacy request', id);
          if (found.kind !== 'customers/data_request') {
            throw new Problem(409, 'Erasures are done by the service: only a data request waits to be answered.');
          }
          if (found.state === state) return showRequest(found);
          const doneAt = state === 'done' ? now() : null;
          await setRequestState(changing, id, state, doneAt);
          const action = state === 'done' ? 'privacy.data_request_answered' : 'privacy.data_request_reopened';
          const note = { customerId: found.customer_id, actor: 'api', action, details: { requestId: id } };
          await insertAudit(changing, [note], now());
          return showRequest({ ...found, state, done_at: doneAt });
        });
      },
    );

    app.get(
      '/audit',
      {
        schema: {
          tags,
          summary: 'Who changed what, as far as it is not about one customer, newest first',
          description:
            'Connections, products, erasures … What is about a customer stands in `/v1/customers/{id}/audit`.',
          querystring: Type.Object(PageQuery),
          response: { 200: PageOf(Change), 400: ProblemSchema },
        },
      },
      async (request) => pageAnswer(await listChanges(store.db, pageRequest(request.query, true))),
    );
    done();
  };
}
