/** Batched forms of the customer routes, for the nodes: a whole n8n batch is one request, a bad item costs only itself. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import { STRONG_IDENTIFIERS } from '../domain/event.ts';
import { readIdentity, type FieldProblem } from '../domain/identity.ts';
import { setConsents, upsertCustomers } from '../intake/customerChanges.ts';
import { readCustomers, type CustomerView } from '../store/customers.ts';
import { findOwners, survivingIds } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { consentTime } from './customers.ts';
import {
  ConsentFields,
  CustomerSchema,
  IdentitySchema,
  Nullable,
  readUpsert,
  UpsertFields,
} from './customerSchemas.ts';
import { consentExample, CUSTOMER_ID, upsertExample } from './examples.ts';
import { Problem, ProblemSchema } from './problem.ts';

const MAX_ITEMS = 1000;
const Answer = Type.Object({
  items: Type.Array(Type.Object({ ref: ItemRef, customer: Nullable(CustomerSchema), error: Type.Optional(ItemError) })),
});
const response = { 200: Answer, 400: ProblemSchema };
const items = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item, { maxItems: MAX_ITEMS }) });

interface Found {
  ref: string | number;
  customerId: string | null;
  error?: FieldProblem;
}

export function customerBatchRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['customers'];

  async function answer(found: Found[]) {
    const ids = new Set(found.flatMap(({ customerId }) => customerId ?? []));
    const views = ids.size === 0 ? new Map<string, CustomerView>() : await readCustomers(session, ids);
    return {
      items: found.map(({ ref, customerId, error }) => ({
        ref,
        customer: (customerId !== null && views.get(customerId)) || null,
        ...(error && { error }),
      })),
    };
  }

  return (app, _options, done) => {
    app.post(
      '/customers/lookup',
      {
        schema: {
          tags,
          summary: 'Find many customers',
          body: items(
            Type.Intersect([Type.Object({ ref: ItemRef }), IdentitySchema], {
              examples: [{ ref: 0, email: 'ada@example.com' }],
            }),
          ),
          response,
        },
        // `ref` beside free identifier names: checked below.
        validatorCompiler: () => () => true,
      },
      async (request) => await answer(await lookUp(session, readLookups(request.body))),
    );

    app.post(
      '/customers/upsert',
      {
        schema: {
          tags,
          summary: 'Make or change many customers',
          body: items(Type.Object({ ref: ItemRef, ...UpsertFields }, { examples: [{ ref: 0, ...upsertExample }] })),
          response,
        },
      },
      async (request) => {
        const read = request.body.items.map((item, index) => ({
          ref: item.ref,
          ...readUpsert(item, `/items/${index}`, now()),
        }));
        const good = read.filter(({ problems }) => problems.length === 0);
        const ids = await store.transaction((db) =>
          upsertCustomers(
            { db, dialect: store.dialect },
            good.map(({ upsert }) => upsert),
            now(),
          ),
        );
        const idOf = new Map(good.map((item, index) => [item, ids[index] ?? null]));
        return await answer(
          read.map((item, index) => {
            const customerId = idOf.get(item) ?? null;
            const error = item.problems[0] ?? unknownCustomer(`/items/${index}/identity/customerId`);
            return { ref: item.ref, customerId, ...(customerId === null && { error }) };
          }),
        );
      },
    );

    app.post(
      '/customers/consent',
      {
        schema: {
          tags,
          summary: 'Set the consent of many customers',
          body: items(
            Type.Object(
              { ref: ItemRef, customerId: Type.String(), ...ConsentFields },
              { examples: [{ ref: 0, customerId: CUSTOMER_ID, ...consentExample }] },
            ),
          ),
          response,
        },
      },
      async (request) => {
        const statements = request.body.items.map(({ customerId, channel, state, source, at }, index) => ({
          customerId,
          channel,
          state,
          source,
          at: consentTime(at, `/items/${index}/at`, now()),
          actor: 'api',
        }));
        const owners = await store.transaction((db) => setConsents({ db, dialect: store.dialect }, statements, now()));
        return await answer(
          request.body.items.map(({ ref }, index) => {
            const customerId = owners[index] ?? null;
            return {
              ref,
              customerId,
              ...(customerId === null && { error: unknownCustomer(`/items/${index}/customerId`) }),
            };
          }),
        );
      },
    );
    done();
  };
}

interface Lookup {
  ref: string | number;
  path: string;
  identity: unknown;
}

/** @throws Problem 400 when the body is no list of items with a `ref` */
function readLookups(body: unknown): Lookup[] {
  const list = (body as { items?: unknown } | null)?.items;
  if (!Array.isArray(list) || list.length > MAX_ITEMS) {
    throw new Problem(400, `"items" has to be a list of at most ${MAX_ITEMS} items.`, [
      { path: '/items', message: `has to be a list of at most ${MAX_ITEMS} items` },
    ]);
  }
  return list.map((item: unknown, index) => {
    const { ref, ...identity } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    if (typeof ref !== 'string' && !Number.isInteger(ref)) {
      const message = ref === undefined ? 'is missing' : 'has to be text or a whole number';
      throw new Problem(400, 'Every item needs a "ref".', [{ path: `/items/${index}/ref`, message }]);
    }
    return { ref: ref as string | number, path: `/items/${index}`, identity };
  });
}

/** The most trusted identifier that is known decides; nobody is made. */
async function lookUp(session: Session, lookups: Lookup[]): Promise<Found[]> {
  const read = lookups.map(({ ref, path, identity }) => ({ ref, ...readIdentity(identity, path) }));
  const good = read.filter(({ problems }) => problems.length === 0).map(({ identity }) => identity);
  const survivors = await survivingIds(
    session,
    good.flatMap(({ customerId }) => customerId ?? []),
  );
  const kinds = [...STRONG_IDENTIFIERS, 'deviceId'] as const;
  const wanted = good.flatMap((identity) =>
    kinds.flatMap((kind) => (identity[kind] === undefined ? [] : [{ kind, value: identity[kind] }])),
  );
  const owners = await findOwners(session, wanted);
  const ownerOf = new Map(owners.map(({ kind, value, customerId }) => [`${kind}\0${value}`, customerId]));
  return read.map(({ ref, identity, problems }) => {
    if (problems[0]) return { ref, customerId: null, error: problems[0] };
    let customerId = identity.customerId === undefined ? null : (survivors.get(identity.customerId) ?? null);
    for (const kind of kinds) customerId ??= ownerOf.get(`${kind}\0${identity[kind]}`) ?? null;
    return { ref, customerId };
  });
}
