/** `PUT`/`DELETE /v1/endpoints`: nodes tell where they can be called; `POST /v1/endpoints/test` brings a sample to the editor. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { JourneyDefinition } from '../domain/journey.ts';
import { readJourney, readWait } from '../domain/journeyParameters.ts';
import { testWebhookPath, webhookPath } from '../domain/webhookPath.ts';
import { JourneyKeyTaken, publishEndpoint, unpublishEndpoint } from '../store/endpoints.ts';
import { sampleItem } from '../store/sampleItems.ts';
import type { ServiceContext } from './context.ts';
import { Problem, ProblemSchema } from './problem.ts';
import { postSample } from './testCall.ts';

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Name = Type.String({ maxLength: 500 });
const Parameters = Type.Record(Type.String(), Type.Unknown(), {
  description: 'As n8n keeps them: defaults are missing',
});
const Endpoint = Type.Object({
  kind: Type.Union([Type.Literal('trigger'), Type.Literal('wait')]),
  workflowId: Id,
  workflowName: Name,
  nodeId: Id,
  nodeName: Name,
  path: Type.String({ description: 'Webhook path below N8N_BASE_URL, e.g. webhook/<id>/journey' }),
  parameters: Parameters,
});
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
            200: Type.Object({ id: Type.String(), journeyKey: Type.Union([Type.String(), Type.Null()]) }),
            400: ProblemSchema,
            409: ProblemSchema,
          },
        },
      },
      async ({ body }) => {
        const path = webhookPath(body.path);
        if (path === null) {
          const message = 'has to be a webhook path below the n8n base URL, e.g. webhook/<id>/journey';
          throw new Problem(400, `"${body.path}" is no webhook path of n8n.`, [{ path: '/path', message }]);
        }
        const journey = body.kind === 'trigger' ? journeyOf(body.parameters, body.workflowName) : null;
        if (body.kind === 'wait') checkWait(body.parameters);
        try {
          const id = await store.transaction((trx) => publishEndpoint(trx, { ...body, path, journey }, now()));
          return { id, journeyKey: journey?.key ?? null };
        } catch (error) {
          if (error instanceof JourneyKeyTaken) throw taken(error);
          throw error;
        }
      },
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
          body: Type.Object({ url: Type.String(), nodeName: Name, parameters: Parameters }),
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

/** @throws Problem 400 that names each wrong parameter */
function journeyOf(parameters: Record<string, unknown>, workflowName: string): JourneyDefinition {
  const { journey, problems } = readJourney(parameters, workflowName);
  if (journey) return journey;
  throw new Problem(400, inSentences('Journey Trigger', problems), problems);
}

function checkWait(parameters: Record<string, unknown>): void {
  const { problems } = readWait(parameters);
  if (problems.length > 0) throw new Problem(400, inSentences('Journey Wait', problems), problems);
}

const inSentences = (node: string, problems: { path: string; message: string }[]): string =>
  `${node}: ${problems.map(({ path, message }) => `${path.replace('/parameters/', '')} ${message}.`).join(' ')}`;

function taken({ key, workflowName, nodeName, isSameWorkflow }: JourneyKeyTaken): Problem {
  const owner = isSameWorkflow ? `the node "${nodeName}" of this workflow` : `the workflow "${workflowName}"`;
  const wayOut = isSameWorkflow ? 'remove one of the two' : 'unpublish that workflow first';
  return new Problem(
    409,
    `The journey key "${key}" is published by ${owner} already. Choose another key, or ${wayOut}.`,
    [{ path: '/parameters/journeyKey', message: `is taken by ${owner}` }],
  );
}
