/** `PUT`/`DELETE /v1/endpoints`: nodes tell where they can be called; `POST /v1/endpoints/test` brings a sample to the editor. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { testWebhookPath } from '../domain/webhookPath.ts';
import { unpublishEndpoint } from '../store/endpoints.ts';
import { sampleItem } from '../store/sampleItems.ts';
import type { ServiceContext } from './context.ts';
import { journeyOf, registerEndpoint } from './endpointRegistration.ts';
import { endpointExample, testCallExample } from './examples.ts';
import { Problem, ProblemSchema } from './problem.ts';
import { postSample } from './testCall.ts';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Name = Type.String({ maxLength: 500 });
const Parameters = Type.Record(Type.String(), Type.Unknown(), {
  description: 'As n8n keeps them: defaults are missing',
});
const Endpoint = Type.Object(
  {
    kind: Type.Union([Type.Literal('trigger'), Type.Literal('wait')]),
    workflowId: Id,
    workflowName: Name,
    nodeId: Id,
    nodeName: Name,
    path: Type.String({ description: 'Webhook path below N8N_BASE_URL, e.g. webhook/<id>/journey' }),
    parameters: Parameters,
  },
  { examples: [endpointExample] },
);
const tags = ['endpoints'];

export function endpointRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, settings } = context;
  return (app, _options, done) => {
    app.put(
      '/endpoints',
      {
        schema: {
          tags,
          summary: 'A node of a published workflow can be called here',
          body: Endpoint,
          response: {
            200: Type.Object(
              { id: Type.String(), journeyKey: Type.Union([Type.String(), Type.Null()]) },
              { examples: [{ id: `${endpointExample.workflowId}/${endpointExample.nodeId}`, journeyKey: null }] },
            ),
            400: ProblemSchema,
            409: ProblemSchema,
          },
        },
      },
      async ({ body }) => registerEndpoint(store, body, now()),
    );

    app.delete(
      '/endpoints/:workflowId/:nodeId',
      {
        schema: {
          tags,
          summary: 'The node is not published any more: its customers are held',
          params: Type.Object({ workflowId: Id, nodeId: Id }),
          response: { 204: Type.Null() },
        },
      },
      async ({ params }, reply) => {
        await store.transaction((trx) => unpublishEndpoint(trx, params.workflowId, params.nodeId, now()));
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/endpoints/test',
      {
        schema: {
          tags,
          summary: 'Post one signed sample customer to a test webhook of the n8n editor, shortly after',
          body: Type.Object(
            { url: Type.String(), nodeName: Name, parameters: Parameters },
            { examples: [testCallExample] },
          ),
          response: { 202: Type.Object({ customerId: Type.String() }), 400: ProblemSchema },
        },
      },
      async ({ body, log }, reply) => {
        const path = testWebhookPath(body.url, settings.n8nBaseUrl);
        if (path === null) {
          throw new Problem(400, `"${body.url}" is no webhook of n8n.`, [
            {
              path: '/url',
              message: 'has to be the address of a test webhook, e.g. http://n8n.example.com/webhook-test/<id>/journey',
            },
          ]);
        }
        const journey = journeyOf(body.parameters, body.nodeName);
        const item = await sampleItem(store.db, journey, body.nodeName, now());
        postSample({ url: `${settings.n8nBaseUrl}/${path}`, apiKey: settings.apiKey, item }).catch((error: unknown) => {
          log.warn({ err: error, journey: journey.key }, 'the sample of a manual test did not arrive');
        });
        reply.code(202);
        return { customerId: item.customer.id };
      },
    );
    done();
  };
}
