/** Puts the HTTP server together: one plugin per concern, OpenAPI made from their schemas, problems for errors. */
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import swagger from '@fastify/swagger';
import apiReference from '@scalar/fastify-api-reference';
import { storeUnavailable } from '../store/unavailable.ts';
import { alarmRoutes } from './alarms.ts';
import { requireApiKey } from './authentication.ts';
import { connectionRoutes } from './connections.ts';
import { consentRoutes } from './consent.ts';
import type { ServiceContext } from './context.ts';
import { customerBatchRoutes } from './customerBatches.ts';
import { customerMergeRoutes } from './customerMerges.ts';
import { customerScoreRoutes } from './customerScores.ts';
import { customerSearchRoutes } from './customerSearch.ts';
import { customerRoutes } from './customers.ts';
import { disengagedRoutes } from './disengaged.ts';
import { endpointRoutes } from './endpoints.ts';
import { eventRoutes } from './events.ts';
import { experimentRoutes } from './experiments.ts';
import { gatewayRoutes } from './gateway/gateway.ts';
import { healthRoutes } from './health.ts';
import { inboundMessageRoutes } from './inboundMessages.ts';
import { journeyRoutes } from './journeys.ts';
import { messagePreviewRoutes } from './messagePreviews.ts';
import { metricsRoutes, ServiceMetrics } from './metrics.ts';
import { addExamples, type OpenApiDocument } from './openapiExamples.ts';
import { nextProductRoutes } from './nextProducts.ts';
import { offerRoutes } from './offers.ts';
import { alternativeRoutes } from './alternatives.ts';
import { operatorPageRoutes } from './pages/operatorPages.ts';
import { policyRoutes } from './policy.ts';
import { privacyRoutes } from './privacy.ts';
import { productChangeRoutes } from './productChanges.ts';
import { productRoutes } from './products.ts';
import { historyRoutes } from './history.ts';
import { runBatchRoutes } from './runBatches.ts';
import { runRoutes } from './runs.ts';
import { Problem } from './problem.ts';
import { REFUSALS, drainRefusedBody, readJsonBodies } from './requestBodies.ts';
import { replenishmentRoutes } from './replenishment.ts';
import { reportRoutes } from './reports.ts';
import { scoreRoutes } from './scores.ts';
import { sendRoutes } from './sends.ts';
import { fieldErrors } from './validationErrors.ts';
import { waitRoutes } from './waits.ts';

/** 1,000 events with many items each fit; more is refused before it is read. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Characters of one part of a path: links in messages carry the address that they stand for, up to 2,000 in all. */
const LONGEST_PART = 2000;

const RETRY_AFTER_SECONDS = 2;

/** PostgreSQL's character_not_in_repertoire: of what JavaScript has for text, it refuses only NUL. */
const NO_TEXT = '22021';

/** The API pages, without what would lead or call elsewhere. */
const DOCS = {
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

export async function buildApp(
  context: ServiceContext,
  logger: FastifyBaseLogger,
  { privateApi = true, gateway = true }: { privateApi?: boolean; gateway?: boolean } = {},
): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: context.settings.trustProxy.length > 0 && context.settings.trustProxy,
    // Refused before any route is found: addresses that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      answerWithProblem(error, request, reply);
    },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: LONGEST_PART },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true, verbose: true } },
  });
  readJsonBodies(app);
  app.setErrorHandler<FastifyError | Problem>(answerWithProblem);
  app.setNotFoundHandler((request) => {
    throw new Problem(404, `There is no route ${request.method} ${request.url.split('?')[0]}. See /docs.`);
  });

  await app.register(swagger, {
    openapi: {
      info: { title: 'Commerce journeys', version: '1', description: 'Private API of the journeys service.' },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    },
    transformObject: (document) =>
      'openapiObject' in document ? addExamples(document.openapiObject as OpenApiDocument) : document.swaggerObject,
  });
  await app.register(apiReference, { routePrefix: '/docs', configuration: DOCS });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());

  const metrics = new ServiceMetrics(context);
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url = 'none' } = request.routeOptions;
    metrics.request(String(method ?? request.method), url, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });

  await app.register(healthRoutes(context));
  await app.register(metricsRoutes(context, metrics));
  if (privateApi) {
    await app.register(
      (v1, _options, done) => {
        v1.addHook('onRequest', requireApiKey(context.settings.apiKey));
        v1.addHook('onRoute', (route) => {
          route.schema = { ...route.schema, security: [{ apiKey: [] }] };
        });
        // Routes of /v1 are registered here, one plugin per concern: `v1.register(x(context))`.
        void v1.register(eventRoutes(context, metrics));
        void v1.register(customerRoutes(context));
        void v1.register(customerSearchRoutes(context));
        void v1.register(customerBatchRoutes(context));
        void v1.register(consentRoutes(context));
        void v1.register(disengagedRoutes(context));
        void v1.register(inboundMessageRoutes(context));
        void v1.register(customerMergeRoutes(context));
        void v1.register(journeyRoutes(context));
        void v1.register(productRoutes(context));
        void v1.register(productChangeRoutes(context));
        void v1.register(runRoutes(context));
        void v1.register(runBatchRoutes(context));
        void v1.register(historyRoutes(context));
        void v1.register(endpointRoutes(context));
        void v1.register(waitRoutes(context));
        void v1.register(policyRoutes(context));
        void v1.register(sendRoutes(context, metrics));
        void v1.register(messagePreviewRoutes(context));
        void v1.register(reportRoutes(context));
        void v1.register(replenishmentRoutes(context));
        void v1.register(nextProductRoutes(context));
        void v1.register(offerRoutes());
        void v1.register(alternativeRoutes(context));
        void v1.register(experimentRoutes(context));
        void v1.register(scoreRoutes(context));
        void v1.register(customerScoreRoutes(context));
        void v1.register(alarmRoutes(context));
        void v1.register(connectionRoutes(context));
        void v1.register(privacyRoutes(context));
        done();
      },
      { prefix: '/v1' },
    );
  }
  if (privateApi) await app.register(operatorPageRoutes(context));
  if (gateway) await app.register(gatewayRoutes(context, metrics));
  return app;
}

function answerWithProblem(error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if ((error as { code?: string }).code === 'FST_ERR_CTP_BODY_TOO_LARGE') drainRefusedBody(request, reply);
  if (problem.status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  if (problem.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
  reply.code(problem.status).type('application/problem+json').send(problem.body());
}

function problemOf(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  const unavailable = storeUnavailable(error);
  if (unavailable !== null) {
    return new Problem(503, `${unavailable} Nothing of this request has been acknowledged: send it again.`);
  }
  if ((error as { code?: string }).code === NO_TEXT) {
    return new Problem(400, 'The request has a NUL character in a text: leave it out.');
  }
  if (error.validation) {
    return new Problem(400, `The ${error.validationContext ?? 'request'} is not valid.`, fieldErrors(error.validation));
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return new Problem(500, 'Something went wrong in the service; its log says what.');
  return new Problem(status, REFUSALS[error.code] ?? error.message);
}
