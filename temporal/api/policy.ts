/** `/v1/policy`: what holds for every marketing message of the shop, as one document. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { readPolicyDocument } from '../domain/gate/policyDocument.ts';
import { readPolicy, writePolicy } from '../store/policy.ts';
import type { ServiceContext } from './context.ts';
import { PolicyBody, PolicySchema } from './policySchemas.ts';
import { Problem, ProblemSchema } from './problem.ts';

const ACTOR = 'api';
const tags = ['policy'];

export function policyRoutes({ store, now }: ServiceContext): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/policy',
      { schema: { tags, summary: 'The whole policy, with its defaults', response: { 200: PolicySchema } } },
      async () => await readPolicy(store.db),
    );

    app.put(
      '/policy',
      {
        schema: {
          tags,
          summary: 'Replace the policy',
          description:
            'The whole document: what is left out has its default, `null` switches a rule off, what was read can be written ' +
            'back. It holds for every decision from then on, also against messages of before. The change is noted in the audit.',
          body: PolicyBody,
          response: { 200: PolicySchema, 400: ProblemSchema },
        },
        // Read field by field, so that a bad one is named.
        validatorCompiler: () => () => true,
      },
      async ({ body }) => {
        const { policy, problems } = readPolicyDocument(body);
        if (problems) throw new Problem(400, 'The policy cannot be written: nothing has changed.', problems);
        await store.transaction((trx) => writePolicy(trx, policy, ACTOR, now()));
        return policy;
      },
    );
    done();
  };
}
