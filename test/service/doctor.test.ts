/** What `doctor` finds, with real stores and a real service; n8n is a server that checks signatures with the nodes' own code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSignedByService } from '../../nodes/transport/segmentSignature.ts';
import { finding, type Finding } from '../../temporal/commands/checks/finding.ts';
import { versionVerdict } from '../../temporal/commands/checks/n8nChecks.ts';
import { spaceVerdict } from '../../temporal/commands/checks/storeChecks.ts';
import { clocksVerdict } from '../../temporal/commands/checks/surroundings.ts';
import { attributesVerdict, retentionProblem } from '../../temporal/commands/checks/temporalChecks.ts';
import { diagnose } from '../../temporal/commands/doctor.ts';
import { readSettings, type Settings } from '../../temporal/settings.ts';
import { publishEndpoint } from '../../temporal/store/endpoints.ts';
import { writeConnection } from '../../temporal/store/connections.ts';
import { openStore } from '../../temporal/store/store.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { API_KEY, NOW, TestService } from './service.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';

const N8N_KEY = 'n8n-key-nobody-may-see';
/** Temporal is not there in these tests: how long it is waited for. */
const NOT_THERE_MS = 200;
const TRIGGER = 'n8n-nodes-commerce-journeys.journeyTrigger';
const published = (type: string) => ({ id: 'w1', name: 'Cart', nodes: [{ id: 'n1', name: 'Start', type }] });

/** As much of n8n as `doctor` asks for. */
class N8n {
  credentialKey = API_KEY;
  workflows: object[] = [published(TRIGGER)];
  packages: object[] = [];
  icons = ['n8n-nodes-base', 'n8n-nodes-commerce-journeys'];
  /** How far its clock is ahead, ms. */
  ahead = 0;
  executions = 0;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const isKnown = request.headers['x-n8n-api-key'] === N8N_KEY;
      const answer = (status: number, body: unknown = '', type = 'application/json') => {
        const date = new Date(Date.now() + this.ahead).toUTCString();
        response.writeHead(status, { 'content-type': type, date }).end(JSON.stringify(body));
      };
      if (path === '/healthz') return answer(200, { status: 'ok' });
      if (path.startsWith('/api/v1/') && !isKnown) return answer(401);
      if (path === '/api/v1/workflows') return answer(200, { data: this.workflows, nextCursor: null });
      if (path === '/api/v1/community-packages') return answer(200, this.packages);
      if (path.startsWith('/icons/')) {
        return answer(this.icons.includes(path.split('/')[2] ?? '') ? 200 : 404, '', 'image/svg+xml');
      }
      if (path !== '/webhook/h1/journey') return answer(404);
      const isSigned = isSignedByService({
        apiKey: this.credentialKey,
        timestamp: request.headers['x-journeys-timestamp'],
        signature: request.headers['x-journeys-signature'],
        rawBody: Buffer.concat(chunks),
      });
      if (!isSigned) return answer(401);
      if (!Buffer.concat(chunks).includes('"items"')) return answer(400);
      this.executions++;
      return answer(200);
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

const of = (findings: readonly Finding[], part: string): Finding => {
  const found = findings.find((one) => one.part === part);
  if (!found) throw new Error(`There is no check ${part}`);
  return found;
};

describe.each(DIALECTS)('on %s', (dialect) => {
  let n8n: N8n;
  let testStore: TestStore;
  let service: TestService;
  let folder: string;
  let settings: Settings;
  let temporal: string;

  beforeEach(async () => {
    n8n = new N8n();
    folder = mkdtempSync(join(tmpdir(), 'journeys-doctor-'));
    testStore = await freshStore(dialect);
    service = await TestService.on(testStore);
    await service.app.listen({ host: '127.0.0.1', port: 0 });
    temporal = `127.0.0.1:${(await freePorts(1))[0]}`;
    settings = {
      ...readSettings({
        JOURNEYS_DATA_DIR: folder,
        JOURNEYS_API_KEY: API_KEY,
        JOURNEYS_PORT: String((service.app.server.address() as AddressInfo).port),
        N8N_BASE_URL: await n8n.start(),
        N8N_API_KEY: N8N_KEY,
      }),
      databaseUrl: testStore.location,
    };
    await testStore.store.transaction((trx) =>
      publishEndpoint(
        trx,
        {
          ...{ kind: 'wait', workflowId: 'w1', workflowName: 'Cart', nodeId: 'n1', nodeName: 'Wait a day' },
          ...{ path: 'webhook/h1/journey', parameters: {}, journey: null, shop: null },
        },
        NOW,
      ),
    );
  });

  afterEach(async () => {
    await service.close();
    await n8n.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const seen = (changed: Partial<Settings> = {}) =>
    diagnose(
      { ...settings, ...changed },
      { TEMPORAL_ADDRESS: temporal, TEMPORAL_API_KEY: 'temporal-key-nobody-may-see' },
      NOT_THERE_MS,
    );
  const connect = (kind: 'shopify' | 'custom') =>
    writeConnection(testStore.store, {
      ...{ name: 'main', kind, secrets: { current: 'shop-secret', changedAt: NOW, previous: [] }, currency: null },
      ...{ origins: [], publicKey: 'pk', externalIdPrefix: '', createdAt: NOW, updatedAt: NOW, lastReceivedAt: NOW },
    });

  it('finds nothing but Temporal where nothing but Temporal is away, shows no secret and starts no execution', async () => {
    await connect('custom');
    const findings = await seen();
    expect(findings.filter(({ state }) => state === 'wrong').map(({ part }) => part)).toEqual(['temporal']);
    expect(of(findings, 'temporal').words).toContain(`No answer from namespace default at ${temporal}`);
    expect(of(findings, 'search attributes').state).toBe('not checked');
    expect(of(findings, 'credentials').words).toBe('1 published nodes take the signature of the service.');
    expect(n8n.executions).toBe(0);
    const words = JSON.stringify(findings);
    for (const secret of [API_KEY, N8N_KEY, 'temporal-key-nobody-may-see', 'shop-secret']) {
      expect(words).not.toContain(secret);
    }
  });

  it('finds another key in the credentials of n8n, and a node that is not published', async () => {
    n8n.credentialKey = 'another';
    expect(of(await seen(), 'credentials')).toMatchObject({
      state: 'wrong',
      words: expect.stringContaining('refused the signature (401)') as string,
    });
    await testStore.store.db.updateTable('endpoints').set({ path: 'webhook/gone/journey' }).execute();
    expect(of(await seen(), 'credentials').words).toContain('the workflow is not published');
  });

  it('finds nodes that are missing, or of another version, and that nothing is published', async () => {
    expect(of(await seen(), 'nodes').state).toBe('ok');
    n8n.icons = ['n8n-nodes-base'];
    expect(of(await seen(), 'nodes')).toMatchObject({
      state: 'wrong',
      words: expect.stringContaining('Settings → Community nodes') as string,
    });
    n8n.icons = [];
    expect(of(await seen(), 'nodes').state).toBe('not checked');
    n8n.packages = [{ packageName: 'n8n-nodes-commerce-journeys', installedVersion: '0.0.1' }];
    expect(of(await seen(), 'nodes')).toMatchObject({
      state: 'wrong',
      words: expect.stringMatching(/0\.0\.1, the service is \d+\.\d+\.\d+/) as string,
    });
    n8n.workflows = [published('CUSTOM.journeyTrigger')];
    expect(of(await seen(), 'published journeys').words).toContain("another package's name");
    n8n.workflows = [published('n8n-nodes-base.webhook')];
    expect(of(await seen(), 'published journeys')).toMatchObject({
      state: 'wrong',
      words: expect.stringContaining('No workflow with a Journey Trigger is published') as string,
    });
  });

  it('finds a wrong key of n8n, and an n8n that is away', async () => {
    expect(of(await seen({ n8nApiKey: 'wrong' }), 'published journeys').words).toContain(
      'n8n refused N8N_API_KEY (401)',
    );
    const nobody = `http://127.0.0.1:${(await freePorts(1))[0]}`;
    const findings = await seen({ n8nBaseUrl: nobody });
    expect(of(findings, 'n8n').state).toBe('wrong');
    expect(of(findings, 'credentials').words).toContain('n8n cannot be reached (ECONNREFUSED)');
  });

  it('finds an address and a time scale that are not for shops, once shops are connected', async () => {
    const demo = { publicUrl: 'http://127.0.0.1:4600', timeScale: 60 };
    await connect('custom');
    expect(of(await seen(demo), 'public address').state).toBe('ok');
    expect(of(await seen(demo), 'time scale').state).toBe('ok');
    await connect('shopify');
    const findings = await seen(demo);
    expect(of(findings, 'public address')).toMatchObject({
      state: 'wrong',
      words: expect.stringContaining('main (shopify)') as string,
    });
    expect(of(findings, 'time scale').state).toBe('wrong');
    const plain = await seen({ publicUrl: 'http://shop.example.com' });
    expect(of(plain, 'public address').words).toContain('without encryption');
    expect(of(await seen({ publicUrl: 'https://shop.example.com' }), 'public address').state).toBe('ok');
  });

  it('finds a clock that differs', async () => {
    expect(of(await seen(), 'clocks').state).toBe('ok');
    n8n.ahead = 200_000;
    expect(of(await seen(), 'clocks')).toMatchObject({
      state: 'wrong',
      words: expect.stringMatching(/The clock of n8n is (199|200) s ahead/) as string,
    });
  });

  it('finds another key at the service, here or where operators reach it, and a service that is away or not ready', async () => {
    expect(of(await seen({ apiKey: 'another' }), 'service').words).toContain('refuses the API key');
    const other = createServer((_request, response) => response.writeHead(401).end());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const operatorUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect(of(await seen({ operatorUrl }), 'service').words).toContain('two services with different keys');
    const closed = new Promise((resolve) => other.close(resolve));
    other.closeAllConnections();
    await closed;
    service.parts = { ...service.parts, worker: 'down', notes: ['The worker is tired.'] };
    expect(of(await seen(), 'readiness')).toEqual({
      part: 'readiness',
      state: 'wrong',
      words: 'The service is not ready: worker is down. The worker is tired.',
    });
    const away = await seen({ port: (await freePorts(1))[0] ?? 0 });
    expect(of(away, 'service').words).toContain('Is "commerce-journeys serve" running there?');
    expect(of(away, 'readiness').state).toBe('not checked');
  });

  it('finds a schema that is older or newer than the code', async () => {
    const { db } = testStore.store;
    await sql`insert into kysely_migration (name, timestamp) values ('999_later', '2099-01-01T00:00:00Z')`.execute(db);
    const newer = await seen();
    expect(of(newer, 'store').words).toContain('newer than this version (999_later)');
    expect(of(newer, 'connections').state).toBe('not checked');
    await sql`delete from kysely_migration where name in ('999_later', '024_operator_pages')`.execute(db);
    expect(of(await seen(), 'store').words).toMatch(/not applied: 024_operator_pages.*commerce-journeys migrate/);
  });
});

describe('a store that cannot be used', () => {
  let folder = '';
  let nobody = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'journeys-doctor-'));
    [nobody = 0] = await freePorts(1);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const storeOf = async (databaseUrl: string) => {
    const env = {
      JOURNEYS_DATA_DIR: folder,
      JOURNEYS_PORT: String(nobody),
      N8N_BASE_URL: `http://127.0.0.1:${nobody}`,
    };
    return of(
      await diagnose({ ...readSettings(env), databaseUrl }, { TEMPORAL_ADDRESS: `127.0.0.1:${nobody}` }, NOT_THERE_MS),
      'store',
    );
  };

  it('is told apart: no folder, a file as folder, not made yet, not migrated, no database, no server', async () => {
    expect((await storeOf(join(folder, 'nowhere', 'journeys.sqlite'))).words).toContain(
      'is not there, or no folder. Make JOURNEYS_DATA_DIR',
    );
    const file = join(folder, 'file');
    writeFileSync(file, 'not a store, but long enough to be looked at');
    expect((await storeOf(join(file, 'journeys.sqlite'))).words).toContain('or no folder');
    expect((await storeOf(file)).words).toContain('cannot be opened');
    const fresh = join(folder, 'fresh.sqlite');
    expect((await storeOf(fresh)).words).toContain('is not there yet');
    await openStore(fresh).close();
    expect((await storeOf(fresh)).words).toContain('001_initial');
    const away = await storeOf(`postgres://someone:pass-nobody-may-see@127.0.0.1:${nobody}/x`);
    expect(away.words).toContain('PostgreSQL cannot be reached with DATABASE_URL');
    expect(away.words).not.toContain('pass-nobody-may-see');
  });
});

describe('a check', () => {
  it('has a deadline, and what it throws is what is wrong', async () => {
    expect(await finding('slow', () => new Promise(() => {}), 10)).toMatchObject({ state: 'wrong' });
    expect(await finding('broken', () => Promise.reject(new Error('Broken.')))).toEqual({
      ...{ part: 'broken', state: 'wrong', words: 'Broken.' },
    });
  });

  it('draws the lines', () => {
    const GIB = 1024 ** 3;
    const space = (free: number, total: number) =>
      spaceVerdict({ freeBytes: free * GIB, totalBytes: total * GIB, folder: '/data' }).state;
    expect([space(0.9, 5), space(1.1, 5), space(9, 200), space(11, 900)]).toEqual(['wrong', 'ok', 'wrong', 'ok']);
    expect(clocksVerdict([null, { name: 'n8n', apartMs: -61_000 }]).words).toContain('61 s behind');
    expect(clocksVerdict([{ name: 'n8n', apartMs: 59_000 }]).state).toBe('ok');
    expect(clocksVerdict([null]).state).toBe('not checked');
    expect(retentionProblem(86_400, 'default')).toBeNull();
    expect(retentionProblem(3 * 3600, 'default')).toContain('3 hours only');
    const all = { JourneyKey: 2, CustomerId: 2, JourneyStep: 2, JourneyOutcome: 2 };
    expect(attributesVerdict(all, 'x').state).toBe('ok');
    expect(attributesVerdict({ ...all, JourneyStep: 1 }, 'x').words).toContain('has JourneyStep of another type');
    expect(attributesVerdict({ JourneyKey: 2, CustomerId: 2 }, 'x').words).toContain(
      'lacks JourneyStep, JourneyOutcome',
    );
    const ours = { packageName: 'n8n-nodes-commerce-journeys', installedVersion: '1.2.3' };
    expect(versionVerdict(ours, '1.2.3').state).toBe('ok');
    expect(versionVerdict({ ...ours, failedLoading: true }, '1.2.3').words).toContain('could not load');
  });
});
