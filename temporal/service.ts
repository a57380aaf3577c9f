/** The journeys service put together: store, HTTP, dispatcher, Temporal worker, and what watches over n8n and Temporal. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createActivities } from './activities/journeyActivities.ts';
import { startAlarmWatch } from './alarmWatch.ts';
import { buildApp } from './api/app.ts';
import type { PartsReport } from './api/context.ts';
import { registerEndpoint } from './api/endpointRegistration.ts';
import { getFromAws } from './api/gateway/amazonSns.ts';
import { Deliverer } from './deliverer/deliverer.ts';
import { startShopChecks } from './deliverer/shopChecks.ts';
import { Dispatcher } from './dispatcher/dispatcher.ts';
import { audiencePasses } from './intake/audiencePasses.ts';
import { EventIntake } from './intake/eventIntake.ts';
import { productNews } from './intake/productNews.ts';
import { replenishmentReminders } from './intake/replenishmentReminders.ts';
import { segmentNews } from './intake/segmentNews.ts';
import { Links } from './links.ts';
import { n8nIsUp as n8nIsUpAt } from './n8n/n8nApi.ts';
import { checkPoster } from './n8n/postCheck.ts';
import { segmentPoster } from './n8n/postSegment.ts';
import { watchN8n } from './n8n/publishedWorkflows.ts';
import { SegmentCaller } from './n8n/segmentCaller.ts';
import { segmentStore } from './n8n/segmentStore.ts';
import { OperatorLinks } from './operatorLinks.ts';
import { startPrivacyWork } from './privacyWork.ts';
import { startReconciler } from './reconciler.ts';
import { scoring } from './scoring/schedule.ts';
import { startJobInThread } from './scoring/startJob.ts';
import type { Settings } from './settings.ts';
import type { Role } from './roles.ts';
import { ConnectionReader } from './store/connectionReader.ts';
import { listPublishedEndpoints, unpublishEndpoint } from './store/endpoints.ts';
import { forgetAllFingerprints } from './store/fingerprints.ts';
import type { Store } from './store/store.ts';
import type { TemporalAddress } from './temporalConnection.ts';
import { TemporalClientPort } from './temporalPort.ts';
import { workersOn } from './temporalWorkers.ts';
import { startJourneyWorker } from './worker.ts';

export interface Service {
  readonly app: FastifyInstance;
  /** Lets what is under way finish, for a few seconds. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  settings: Settings;
  store: Store;
  temporal: TemporalAddress;
  roles: readonly Role[];
  log: FastifyBaseLogger;
}

/** The rest of the service without HTTP, and how it is. */
interface Engine {
  report(): Promise<PartsReport>;
  outboxWritten(): void;
  deliveriesWritten(): void;
  stop(): Promise<void>;
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, store, roles, log } = options;
  if (!settings.fingerprints) await forgetAllFingerprints(store);
  const links = await Links.load(store, settings.publicUrl);
  const engine = roles.includes('worker') ? startEngine(options) : engineElsewhere(options);
  const outboxWritten = () => {
    engine.outboxWritten();
  };
  const deliveriesWritten = () => {
    engine.deliveriesWritten();
  };
  const intake = new EventIntake({
    store,
    now: Date.now,
    timeScale: settings.timeScale,
    keepsFingerprints: settings.fingerprints,
    outboxWritten,
    deliveriesWritten,
  });
  // These need the store alone, and share their work with other processes: every role does what it has taken in.
  const news = productNews({ store, intake, now: Date.now, timeScale: settings.timeScale, log });
  news.start();
  const segments = segmentNews({ store, intake, log });
  segments.start();
  const passes = audiencePasses({ store, timeScale: settings.timeScale, outboxWritten, log });
  passes.start();
  const reminders = replenishmentReminders({ store, intake, timeScale: settings.timeScale, log });
  reminders.start();
  const { eventRetentionMs, anonymousRetentionMs } = settings;
  const privacy = startPrivacyWork({ store, eventRetentionMs, anonymousRetentionMs, outboxWritten, log });
  const alarms = startAlarmWatch({ store, timeScale: settings.timeScale, deliveriesWritten, log });
  const app = await buildApp(
    {
      store,
      settings,
      intake,
      connections: new ConnectionReader(store),
      links,
      now: Date.now,
      outboxWritten,
      getFromAws,
      parts: () => engine.report(),
      deleted: () => privacy.deleted(),
    },
    log,
    { privateApi: roles.includes('api'), gateway: roles.includes('gateway') },
  );
  return {
    app,
    async stop() {
      // First nobody is let in; then what is under way ends, while the store is still there.
      await app.close();
      await Promise.all([news, segments, passes, reminders, privacy, alarms].map((part) => part.stop()));
      await engine.stop();
    },
  };
}

function startEngine({ settings, store, temporal, log }: ServiceOptions): Engine {
  const now = Date.now;
  const pages = new OperatorLinks(settings);
  const port = new TemporalClientPort(temporal, (runId) => pages.runPage(runId));
  const dispatcher = new Dispatcher({ store, temporal: port, log });
  const n8nAddress = { n8nBaseUrl: settings.n8nBaseUrl, apiKey: settings.apiKey };
  const post = segmentPoster(n8nAddress);
  const caller = new SegmentCaller({
    store: segmentStore(store, now),
    post,
    onError: (error) => log.error({ err: error }, 'the store failed while a segment was run'),
    onTrouble: ({ type, message }) => log.warn({ type }, message),
  });
  const worker = startJourneyWorker({
    address: temporal,
    activities: createActivities({
      caller,
      store,
      now,
      onError: (error, { runId }) => log.error({ err: error, runId }, 'the end of a run could not be written down'),
    }),
    log,
  });
  const reconciler = startReconciler({ client: port.client, store, now, log });
  const n8n = watchN8n({
    n8nBaseUrl: settings.n8nBaseUrl,
    n8nApiKey: settings.n8nApiKey,
    registry: {
      listPublished: () => listPublishedEndpoints(store.db),
      put: (endpoint) => registerEndpoint(store, endpoint, now()),
      unpublish: (workflowId, nodeId) => store.transaction((trx) => unpublishEndpoint(trx, workflowId, nodeId, now())),
    },
    log,
  });
  const deliverer = new Deliverer({ store, post, log });
  const shopChecks = startShopChecks({ store, post: checkPoster(n8nAddress), timeScale: settings.timeScale, log });
  const scores = scoring({
    ...{ store, storeLocation: settings.databaseUrl, startJob: (task) => startJobInThread(task) },
    ...{ timeScale: settings.timeScale, log },
  });
  dispatcher.start();
  deliverer.start();
  scores.start();

  return {
    outboxWritten: () => dispatcher.wake(),
    deliveriesWritten: () => deliverer.wake(),
    async report() {
      const { notes, ...parts } = worker.state();
      const n8nIsUp = await n8n.isUp();
      const away = n8nIsUp ? [] : [awayNote(settings)];
      const shops = (await Promise.all([deliverer.notes(), shopChecks.notes()])).flat();
      return {
        ...parts,
        n8n: n8nIsUp ? 'up' : 'down',
        notes: [...notes, ...away, ...n8n.notes(), ...reconciler.notes(), ...shops],
      };
    },
    async stop() {
      await Promise.all(
        [n8n, reconciler, dispatcher, worker, shopChecks, deliverer, scores].map((part) => part.stop()),
      );
      await port.close();
    },
  };
}

/** This process only serves HTTP; another one with the role `worker` looks into the outbox by itself. */
function engineElsewhere({ settings, temporal }: ServiceOptions): Engine {
  const port = new TemporalClientPort(temporal);
  return {
    outboxWritten: () => {},
    deliveriesWritten: () => {},
    async report() {
      const [n8nIsUp, workers] = await Promise.all([n8nIsUpAt(settings.n8nBaseUrl), workersOn(port.client)]);
      const notes = [
        ...(n8nIsUp ? [] : [awayNote(settings)]),
        ...(workers === 0 ? ['No worker polls Temporal: start a process with the role worker.'] : []),
      ];
      return {
        temporal: workers === null ? 'down' : 'up',
        n8n: n8nIsUp ? 'up' : 'down',
        worker: workers ? 'up' : 'down',
        notes,
      };
    },
    stop: () => port.close(),
  };
}

const awayNote = (settings: Settings) =>
  `n8n does not answer at ${settings.n8nBaseUrl}: customers who are due are held.`;
