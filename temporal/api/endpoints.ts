/**
 * `/v1/endpoints`: nodes tell where they can be called, and Commerce Triggers look who else listens to their shop;
 * `POST /v1/endpoints/test` brings a sample to the editor.
 */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { testWebhookPath } from '../domain/webhookPath.ts';
import { TEST_CUSTOMER_ID } from '../domain/journeyItem.ts';
import { sampleCommerceItem } from '../store/sampleCommerceItem.ts';
import { listCommerceTriggers } from '../store/commerceTriggers.ts';
import { unpublishEndpoint } from '../store/endpoints.ts';
import { sampleItem } from '../store/sampleItems.ts';
import { CommerceTriggerSchema } from './commerceTriggerSchema.ts';
import { ConnectionName } from './connectionSchemas.ts';
import type { ServiceContext } from './context.ts';
import { journeyOf, registerEndpoint, subscriptionOf } from './endpointRegistration.ts';
import { commerceTriggersExample, endpointExample, testCallExample } from './examples.ts';
import { Problem, ProblemSchema } from './problem.ts';
import { postSample } from './testCall.ts';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Name = Type.String({ maxLength: 500 });
const Parameters = Type.Record(Type.String(), Type.Unknown(), {
  description: 'As n8n keeps them: defaults are missing',
});
const Topics = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
  maxItems: 100,
  description: "Of a Commerce Trigger: what it needs of the shop, in the shop's words",
});
const Endpoint = Type.Object(
  {
    kind: Type.Union([Type.Literal('trigger'), Type.Literal('wait'), Type.Literal('commerce')]),
    workflowId: Id,
    workflowName: Name,
    nodeId: Id,
    nodeName: Name,
    path: Type.String({ description: 'Webhook path below N8N_BASE_URL, e.g. webhook/<id>/journey' }),
    parameters: Parameters,
    connection: Type.Optional(ConnectionName),
    topics: Type.Optional(Topics),
  },
  { examples: [endpointExample] },
);
const TestKind = Type.Union([Type.Literal('trigger'), Type.Literal('commerce')], { default: 'trigger' });
const tags = ['endpoints'];

interface AskedSample {
  kind?: 'trigger' | 'commerce';
  nodeName: string;
  parameters: Readonly<Record<string, unknown>>;
  connection?: string;
}

export function endpointRoutes(context: ServiceContext): FastifyPluginCallbackTypebox {
  const { store, now, settings } = context;
  const sampleOf = async (asked: AskedSample) => {
    if (asked.kind !== 'commerce') {
      return await sampleItem(store.db, journeyOf(asked.parameters, asked.nodeName), asked.nodeName, now());
    }
    const subscription = subscriptionOf(asked.parameters);
    return await sampleCommerceItem(store.db, subscription, asked.connection ?? subscription.connection, now());
  };
  return (app, _options, done) => {
    app.get(
      '/endpoints',
      {
        schema: {
          tags,
          summary: 'Published Commerce Triggers',
          description:
            'Who listens to which connection, which topics of the shop each of them needs, and what it found when it last ' +
            "looked at the shop's webhooks.",
          querystring: Type.Object({ connection: Type.Optional(ConnectionName) }),
          response: {
            200: Type.Object(
              { items: Type.Array(CommerceTriggerSchema), nextCursor: Type.Null() },
              { examples: [commerceTriggersExample] },
            ),
            400: ProblemSchema,
          },
        },
      },
      async ({ query }) => ({ items: await listCommerceTriggers(store.db, query.connection), nextCursor: null }),
    );

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
          summary: 'Post one signed sample to a test webhook of the n8n editor, shortly after',
          body: Type.Object(
            {
              url: Type.String(),
              nodeName: Name,
              parameters: Parameters,
              kind: Type.Optional(TestKind),
              connection: Type.Optional(ConnectionName),
            },
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
        const item = await sampleOf(body);
        postSample({ url: `${settings.n8nBaseUrl}/${path}`, apiKey: settings.apiKey, item }).catch((error: unknown) => {
          log.warn({ err: error, node: body.nodeName }, 'the sample of a manual test did not arrive');
        });
        reply.code(202);
        return { customerId: item.customer?.id ?? TEST_CUSTOMER_ID };
      },
    );
    done();
  };
}
