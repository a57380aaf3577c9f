/** `/v1/connections`: the shops, trackers, programs and providers that may send to the gateway (CONTRACT section 3). */
import { randomBytes } from 'node:crypto';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { changeSecrets } from '../domain/connection.ts';
import { insertAudit } from '../store/audit.ts';
import { listCommerceTriggers } from '../store/commerceTriggers.ts';
import {
  deleteConnection,
  findConnection,
  listConnections,
  writeConnection,
  type Connection,
} from '../store/connections.ts';
import { sessionOf } from '../store/rows.ts';
import {
  checkSecretsOf,
  ConnectionChange,
  ConnectionName,
  ConnectionSchema,
  connectionView,
  readChange,
} from './connectionSchemas.ts';
import type { ServiceContext } from './context.ts';
import { Problem, ProblemSchema } from './problem.ts';

const NameParams = Type.Object({ name: ConnectionName });
const AnyName = Type.Object({ name: Type.String() });
const tags = ['connections'];

export function connectionRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, settings, connections } = context;
  const view = (connection: Connection) => connectionView(connection, settings.publicUrl, now());
  const unknown = () => new Problem(404, 'There is no connection of this name. GET /v1/connections lists them.');

  return (app, _options, done) => {
    app.get(
      '/connections',
      {
        schema: {
          tags,
          summary: 'All connections',
          description: 'By name, all of them at once: `nextCursor` is always null.',
          response: { 200: Type.Object({ items: Type.Array(ConnectionSchema), nextCursor: Type.Null() }) },
        },
      },
      async () => ({ items: (await listConnections(sessionOf(store.db))).map(view), nextCursor: null }),
    );

    app.get(
      '/connections/:name',
      {
        schema: {
          tags,
          summary: 'One connection',
          params: AnyName,
          response: { 200: ConnectionSchema, 404: ProblemSchema },
        },
      },
      async ({ params }) => {
        const found = await findConnection(sessionOf(store.db), params.name);
        if (!found) throw unknown();
        return { ...view(found), triggers: await listCommerceTriggers(store.db, found.name) };
      },
    );

    app.put(
      '/connections/:name',
      {
        schema: {
          tags,
          summary: 'Make or change a connection',
          description:
            'A new connection needs kind and secret; of one that exists, what is left out stays as it is. To rotate a secret, ' +
            'put the new one: both are accepted until the shop has changed over (7 days at most). When a secret has leaked, ' +
            'put the new one with `"previousSecrets": []`: the old one ends at once (in other processes within a second).',
          params: NameParams,
          body: ConnectionChange,
          response: { 200: ConnectionSchema, 400: ProblemSchema },
        },
      },
      async ({ params, body }) => {
        const written = await store.transaction((trx) => {
          const session = { db: trx, dialect: store.dialect };
          return changeConnection(session, params.name, body, now());
        });
        connections.changed();
        return view(written);
      },
    );

    app.delete(
      '/connections/:name',
      {
        schema: {
          tags,
          summary: 'Remove a connection',
          description: 'Its events and orders stay. What it still sends is answered with 404.',
          params: AnyName,
          response: { 204: Type.Null(), 404: ProblemSchema },
        },
      },
      async ({ params: { name } }, reply) => {
        const existed = await store.transaction(async (trx) => {
          const session = { db: trx, dialect: store.dialect };
          const existed = await deleteConnection(session, name);
          if (existed) await insertAudit(session, [auditNote('connection.deleted', name, {})], now());
          return existed;
        });
        if (!existed) throw unknown();
        connections.changed();
        return reply.code(204).send(null);
      },
    );
    done();
  };
}

/** @throws Problem 400 */
async function changeConnection(
  session: Parameters<typeof findConnection>[0],
  name: string,
  body: Static<typeof ConnectionChange>,
  now: number,
): Promise<Connection> {
  const before = await findConnection(session, name, true);
  const { currency, origins, errors } = readChange(body);
  const kind = body.kind ?? before?.kind;
  if (!kind) errors.push({ path: '/kind', message: 'is missing: a new connection needs it' });
  if (!before && body.secret === undefined) {
    errors.push({ path: '/secret', message: 'is missing: a new connection needs it' });
  }
  if (kind) checkSecretsOf(kind, body, errors);
  if (!kind || errors.length > 0) throw new Problem(400, 'The connection cannot be written.', errors);

  const { secret, previousSecrets } = body;
  const after: Connection = {
    name,
    kind,
    secrets: changeSecrets(before?.secrets ?? null, { secret, previousSecrets }, now),
    currency: currency === undefined ? (before?.currency ?? null) : currency,
    origins: origins ?? before?.origins ?? [],
    externalIdPrefix: body.externalIdPrefix ?? before?.externalIdPrefix ?? '',
    publicKey: before?.publicKey ?? `pk_${randomBytes(18).toString('base64url')}`,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
    lastReceivedAt: before?.lastReceivedAt ?? null,
  };
  const changed = before ? changedFields(before, after) : [];
  // Commerce Triggers say every few hours what they have said before: nobody has changed anything then.
  if (before && changed.length === 0) return before;
  await writeConnection(session, after);
  const note = before
    ? auditNote('connection.changed', name, { changed })
    : auditNote('connection.created', name, { kind });
  await insertAudit(session, [note], now);
  return after;
}

const auditNote = (action: string, name: string, details: Record<string, unknown>) => ({
  customerId: null,
  actor: 'api',
  action,
  details: { connection: name, ...details },
});

/** Names only: what a secret was and is now is nobody's business. */
function changedFields(before: Connection, after: Connection): string[] {
  const changed: string[] = [];
  if (before.kind !== after.kind) changed.push('kind');
  if (before.secrets.current !== after.secrets.current) changed.push('secret');
  if (JSON.stringify(before.secrets.previous) !== JSON.stringify(after.secrets.previous))
    changed.push('previousSecrets');
  if (before.currency !== after.currency) changed.push('currency');
  if (before.origins.join(' ') !== after.origins.join(' ')) changed.push('origins');
  if (before.externalIdPrefix !== after.externalIdPrefix) changed.push('externalIdPrefix');
  return changed;
}
