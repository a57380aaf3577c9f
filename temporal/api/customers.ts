/** `/v1/customers`: profiles, consent, erasure, and what belongs to a customer (CONTRACT section 3). */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { readTime } from '../domain/textValues.ts';
import { setConsents, upsertCustomers } from '../intake/customerChanges.ts';
import { erase } from '../intake/erasure.ts';
import { readCustomers, type CustomerView } from '../store/customers.ts';
import { findOwners } from '../store/identities.ts';
import { listAudit, listEvents, listRuns } from '../store/lists.ts';
import { listSends } from '../store/sendList.ts';
import type { Session } from '../store/rows.ts';
import type { ServiceContext } from './context.ts';
import { ConsentFields, CustomerSchema, identityOrProblem, readUpsert, UpsertFields } from './customerSchemas.ts';
import { consentExample, upsertExample } from './examples.ts';
import { AuditEntry, CustomerEvent } from './listSchemas.ts';
import { Send } from './sendSchemas.ts';
import { pageAnswer, PageOf, PageQuery, pageRequest } from './paging.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';
import { keepDigits } from './requestBodies.ts';
import { RunSchema } from './runSchema.ts';
import { survivorOf } from './survivor.ts';

const IdParams = Type.Object({ id: Type.String() });
const problems = { 400: ProblemSchema, 404: ProblemSchema };
/** Kinds by which one customer can be asked for. */
const ASKED_BY = ['email', 'phone', 'externalId', 'deviceId'] as const;
const AskedBy = Type.Object({
  email: Type.Optional(Type.String()),
  phone: Type.Optional(Type.String({ description: 'E.164; encode the plus sign as %2B' })),
  externalId: Type.Optional(Type.String()),
  deviceId: Type.Optional(Type.String()),
});

export function customerRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };

  async function view(id: string): Promise<CustomerView> {
    const found = (await readCustomers(session, [id])).get(id);
    if (!found) throw notFound('customer', id);
    return found;
  }

  return (app, _options, done) => {
    keepDigits(app);
    const tags = ['customers'];

    app.get(
      '/customers',
      {
        schema: {
          tags,
          summary: 'One customer by an identifier',
          querystring: AskedBy,
          response: { 200: CustomerSchema, ...problems },
        },
      },
      async (request) => {
        const { query } = request;
        const given = ASKED_BY.filter((kind) => query[kind] !== undefined);
        const [kind] = given;
        if (kind === undefined || given.length > 1) {
          throw new Problem(400, `Ask with exactly one of ${ASKED_BY.join(', ')}.`, [
            { path: '', message: `needs exactly one of ${ASKED_BY.join(', ')}` },
          ]);
        }
        // In a query a plus sign that was not encoded is a space: "?phone=+43…" is meant as it looks.
        const asked = kind === 'phone' ? query.phone?.replace(/^ (?=\d)/, '+') : query[kind];
        const value = identityOrProblem({ [kind]: asked }, '')[kind] ?? '';
        const [owner] = await findOwners(session, [{ kind, value }]);
        if (!owner) throw new Problem(404, `There is no customer with this ${kind}.`);
        return await view(owner.customerId);
      },
    );

    app.put(
      '/customers',
      {
        schema: {
          tags,
          summary: 'Make or change a customer',
          body: Type.Object(UpsertFields, { examples: [upsertExample] }),
          response: { 200: CustomerSchema, ...problems },
        },
      },
      async (request) => {
        const { upsert, problems: wrong } = readUpsert(request.body, '', now());
        if (wrong.length > 0) throw new Problem(400, 'The customer cannot be written.', wrong);
        const [id] = await store.transaction((db) => upsertCustomers({ db, dialect: store.dialect }, [upsert], now()));
        if (!id) throw notFound('customer', upsert.identity.customerId ?? '');
        return await view(id);
      },
    );

    app.get(
      '/customers/:id',
      { schema: { tags, summary: 'One customer', params: IdParams, response: { 200: CustomerSchema, ...problems } } },
      async (request) => await view(await survivorOf(session, request.params.id)),
    );

    app.put(
      '/customers/:id/consent',
      {
        schema: {
          tags,
          summary: 'Set the consent for a channel',
          description: 'The later statement holds: one that is older than what is known changes nothing.',
          params: IdParams,
          body: Type.Object(ConsentFields, { examples: [consentExample] }),
          response: { 200: CustomerSchema, ...problems },
        },
      },
      async (request) => {
        const { channel, state, source } = request.body;
        const at = consentTime(request.body.at, '/at', now());
        const statement = { customerId: request.params.id, channel, state, source, at, actor: 'api' };
        const [owner] = await store.transaction((db) =>
          setConsents({ db, dialect: store.dialect }, [statement], now()),
        );
        if (!owner) throw notFound('customer', request.params.id);
        return await view(owner);
      },
    );

    app.delete(
      '/customers/:id',
      {
        schema: {
          tags,
          summary: 'Erase a customer',
          description: 'Everything held about the customer goes, and running journeys end.',
          params: IdParams,
          response: { 204: Type.Null(), 404: ProblemSchema },
        },
      },
      async (request, reply) => {
        if (!(await erase(store, request.params.id, { actor: 'api' }, now())))
          throw notFound('customer', request.params.id);
        context.outboxWritten();
        reply.code(204);
        return null;
      },
    );

    const list = { params: IdParams, querystring: Type.Object(PageQuery) };
    app.get(
      '/customers/:id/events',
      {
        schema: {
          tags,
          summary: 'Events, newest first',
          ...list,
          response: { 200: PageOf(CustomerEvent), ...problems },
        },
      },
      async (request) =>
        pageAnswer(
          await listEvents(store.db, await survivorOf(session, request.params.id), pageRequest(request.query, true)),
        ),
    );
    app.get(
      '/customers/:id/runs',
      { schema: { tags, summary: 'Runs, newest first', ...list, response: { 200: PageOf(RunSchema), ...problems } } },
      async (request) => {
        const customerId = await survivorOf(session, request.params.id);
        return pageAnswer(await listRuns(store.db, { customerId }, pageRequest(request.query)));
      },
    );
    app.get(
      '/customers/:id/sends',
      {
        schema: { tags, summary: 'Sends, newest first', ...list, response: { 200: PageOf(Send), ...problems } },
      },
      async (request) => {
        const customerId = await survivorOf(session, request.params.id);
        return pageAnswer(await listSends(store.db, { customerId }, pageRequest(request.query)));
      },
    );
    app.get(
      '/customers/:id/audit',
      {
        schema: {
          tags,
          summary: 'Consent changes, identifiers, and entries that started nothing',
          ...list,
          response: { 200: PageOf(AuditEntry), ...problems },
        },
      },
      async (request) =>
        pageAnswer(await listAudit(store.db, await survivorOf(session, request.params.id), pageRequest(request.query))),
    );
    done();
  };
}

/** @returns epoch ms @throws Problem 400 */
export function consentTime(at: string | undefined, path: string, now: number): number {
  if (at === undefined) return now;
  const time = readTime(at);
  if (time !== null && time <= now + 24 * 3600_000) return time;
  const message = 'has to be an RFC 3339 time with an offset, not in the future';
  throw new Problem(400, `"at" ${message}.`, [{ path, message }]);
}
