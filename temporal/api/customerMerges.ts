/** `/v1/customers/{id}/merge` and `/unmerge`: two profiles become one customer, and two again. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { mergeByHand } from '../intake/askedMerges.ts';
import { unmergeCustomer } from '../intake/unmergeCustomers.ts';
import { readCustomers } from '../store/customers.ts';
import type { ServiceContext } from './context.ts';
import { CustomerSchema } from './customerSchemas.ts';
import { notFound, Problem, ProblemSchema } from './problem.ts';

const schema = {
  tags: ['customers'],
  params: Type.Object({ id: Type.String() }),
  body: Type.Object(
    { mergedId: Type.String({ minLength: 1, description: 'The other customer' }) },
    { examples: [{ mergedId: 'cus_01KAP1B7D9F2G4H6' }] },
  ),
  response: { 200: CustomerSchema, 400: ProblemSchema, 404: ProblemSchema, 409: ProblemSchema },
};

export function customerMergeRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now } = context;
  const actor = 'api';

  async function view(id: string) {
    const found = (await readCustomers({ db: store.db, dialect: store.dialect }, [id])).get(id);
    if (!found) throw notFound('customer', id);
    return found;
  }

  return (app, _options, done) => {
    app.post(
      '/customers/:id/merge',
      {
        schema: {
          ...schema,
          summary: 'Make another customer part of this one',
          description:
            'All that belongs to the other is this customer’s from then on; its id stays good and means this one. ' +
            'Of each channel the stricter consent holds; of two runs of one journey one goes on.',
        },
      },
      async (request) => {
        const { id: customerId } = request.params;
        const { mergedId } = request.body;
        const asked = { customerId, mergedId, actor, reason: 'by hand' };
        const result = await store.transaction((db) => mergeByHand({ db, dialect: store.dialect }, asked, now()));
        if (result === 'noCustomer') throw notFound('customer', customerId);
        if (result === 'noMerged') throw notFound('customer', mergedId);
        if (result === 'same') {
          throw new Problem(409, 'Both ids name the same customer already.', [
            { path: '/mergedId', message: 'is the same customer already' },
          ]);
        }
        if (result.outboxWritten) context.outboxWritten();
        return await view(result.survivor);
      },
    );

    app.post(
      '/customers/:id/unmerge',
      {
        schema: {
          ...schema,
          summary: 'Take a merge back',
          description:
            'The merged customer has its own identifiers, properties, consent, orders, events, sends and runs again; what was ' +
            'said or done since stays with this one. Answers with this customer.',
        },
      },
      async (request) => {
        const { id: customerId } = request.params;
        const { mergedId } = request.body;
        const asked = { customerId, mergedId, actor };
        const result = await store.transaction((db) => unmergeCustomer({ db, dialect: store.dialect }, asked, now()));
        if (result === 'noCustomer') throw notFound('customer', customerId);
        if (result === 'notMerged') {
          throw new Problem(409, `"${mergedId}" is not merged into this customer; "mergedFrom" lists those that are.`, [
            { path: '/mergedId', message: 'is not merged into this customer' },
          ]);
        }
        return await view(result.survivor);
      },
    );
    done();
  };
}
