/** Calling customers disengaged, as the last step of a win-back does, and taking it back. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Channel } from '../domain/event.ts';
import { addressIdentifier } from '../domain/gate/address.ts';
import { insertAudit } from '../store/audit.ts';
import { readCustomers } from '../store/customers.ts';
import { callDisengaged, callEngaged, type Disengagement } from '../store/disengaged.ts';
import { lockSurvivor, lockSurvivors } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { ItemError, ItemRef, unknownCustomer } from './batchSchemas.ts';
import type { ServiceContext } from './context.ts';
import { ChannelSchema, CustomerSchema, DisengagedFields, Nullable } from './customerSchemas.ts';
import { CUSTOMER_ID, disengagedExample } from './examples.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';

const IdParams = Type.Object({ id: Type.String() });
const problems = { 400: ProblemSchema, 404: ProblemSchema };
const MAX_ITEMS = 1000;
const description =
  'Marketing to all addresses of the customer on the channel is suppressed as `disengaged` until the customer opens or clicks a message, subscribes anew or orders.';

export function disengagedRoutes({ store, now }: ServiceContext): FastifyPluginCallbackTypebox {
  const session: Session = { db: store.db, dialect: store.dialect };
  const tags = ['customers'];

  /** @returns in the order given; customer '' where there is none */
  async function call(asked: readonly Disengagement[]): Promise<{ customerId: string; hasAddress: boolean }[]> {
    return await store.transaction(async (db) => {
      const trx: Session = { db, dialect: store.dialect };
      const survivors = await lockSurvivors(trx, new Set(asked.map(({ customerId }) => customerId)));
      const known = asked.map((one) => ({ ...one, customerId: survivors.get(one.customerId) ?? '' }));
      const addressed = await callDisengaged(
        trx,
        known.filter(({ customerId }) => customerId !== ''),
        now(),
      );
      const notes = known.map(({ customerId, channel, source }) => ({
        ...{ customerId, actor: 'api', action: 'customer.disengaged', details: { channel, source } },
      }));
      const done = known.map(({ customerId, channel }) => addressed.has(`${customerId}/${channel}`));
      await insertAudit(
        trx,
        notes.filter((_, index) => done[index]),
        now(),
      );
      return known.map(({ customerId }, index) => ({ customerId, hasAddress: done[index] ?? false }));
    });
  }

  async function view(id: string) {
    const customer = (await readCustomers(session, [id])).get(id);
    if (!customer) throw notFound('customer', id);
    return customer;
  }

  return (app, _options, done) => {
    app.put(
      '/customers/:id/suppression',
      {
        schema: {
          tags,
          summary: 'Call a customer disengaged on a channel',
          description,
          params: IdParams,
          body: Type.Object(DisengagedFields, { examples: [disengagedExample] }),
          response: { 200: CustomerSchema, ...problems },
        },
      },
      async ({ params, body }) => {
        const [called] = await call([{ customerId: params.id, ...body }]);
        if (!called?.customerId) throw notFound('customer', params.id);
        if (!called.hasAddress)
          throw new Problem(400, `The customer cannot be suppressed.`, [noAddress(body.channel, '')]);
        return await view(called.customerId);
      },
    );

    app.delete(
      '/customers/:id/suppression/:channel',
      {
        schema: {
          tags,
          summary: 'A customer is not disengaged after all',
          description: 'Lifts only what was said here: bounces and complaints stay.',
          params: Type.Object({ id: Type.String(), channel: ChannelSchema }),
          response: { 200: CustomerSchema, ...problems },
        },
      },
      async ({ params: { id, channel } }) => {
        const customerId = await store.transaction(async (db) => {
          const trx: Session = { db, dialect: store.dialect };
          const survivor = await lockSurvivor(trx, id);
          if (survivor === null) throw notFound('customer', id);
          if (!(await callEngaged(trx, survivor, channel))) {
            throw new Problem(404, `This customer was not called disengaged on ${channel}.`);
          }
          const note = { customerId: survivor, actor: 'api', action: 'customer.engaged', details: { channel } };
          await insertAudit(trx, [note], now());
          return survivor;
        });
        return await view(customerId);
      },
    );

    app.post(
      '/customers/suppression',
      {
        schema: {
          tags,
          summary: 'Call many customers disengaged',
          description,
          body: Type.Object({
            items: Type.Array(
              Type.Object(
                { ref: ItemRef, customerId: Type.String(), ...DisengagedFields },
                { examples: [{ ref: 0, customerId: CUSTOMER_ID, ...disengagedExample }] },
              ),
              { maxItems: MAX_ITEMS },
            ),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({ ref: ItemRef, customer: Nullable(CustomerSchema), error: Type.Optional(ItemError) }),
              ),
            }),
            400: ProblemSchema,
          },
        },
      },
      async ({ body: { items } }) => {
        const called = await call(items);
        const views = await readCustomers(
          session,
          called.flatMap(({ customerId }) => (customerId === '' ? [] : customerId)),
        );
        return {
          items: items.map(({ ref, channel }, index) => {
            const { customerId = '', hasAddress = false } = called[index] ?? {};
            const path = `/items/${index}`;
            if (customerId === '') return { ref, customer: null, error: unknownCustomer(`${path}/customerId`) };
            if (!hasAddress) return { ref, customer: null, error: noAddress(channel, path) };
            return { ref, customer: views.get(customerId) ?? null };
          }),
        };
      },
    );
    done();
  };
}

function noAddress(channel: Channel, path: string) {
  const kind = addressIdentifier(channel);
  const message =
    kind === null
      ? `cannot be ${channel}: its addresses come with each message, so nothing can be kept of them`
      : `is ${channel}, but the customer has no ${kind}`;
  return { path: `${path}/channel`, message };
}
