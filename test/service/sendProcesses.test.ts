/**
 * Two processes of the service on one store, both asked at once about the same customers: limits hold as if one had been
 * asked after the other, and of those who hold the same claim one sends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../temporal/domain/gate/policy.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { until } from '../e2e/until.ts';
import { API_KEY } from './service.ts';
import { DIALECTS, freshStore, type TestStore } from './stores.ts';

const CLI = join(import.meta.dirname, '../../temporal/cli.ts');
const PROCESSES = 2;
const CUSTOMERS = 30;
/** For each customer at each process, each in a request of its own: more than any limit allows. */
const REQUESTS = 4;

interface Answer {
  ref: string;
  sendId: string | null;
  decision: string;
  reasons: string[];
}

describe.each(DIALECTS)('two processes on %s', (dialect) => {
  let place: TestStore;
  const processes: { url: string; child: ChildProcess }[] = [];

  beforeAll(async () => {
    place = await freshStore(dialect);
    const [nowhere = 0, ...ports] = await freePorts(PROCESSES + 1);
    const store =
      dialect === 'postgres'
        ? { DATABASE_URL: place.location }
        : { DATABASE_URL: '', JOURNEYS_DATA_DIR: dirname(place.location) };
    for (const port of ports) {
      const child = spawn(process.execPath, [CLI, 'serve', '--role', 'api'], {
        env: {
          ...process.env,
          ...{ ...store, JOURNEYS_API_KEY: API_KEY, JOURNEYS_PORT: String(port) },
          ...{ N8N_BASE_URL: `http://127.0.0.1:${nowhere}`, TEMPORAL_ADDRESS: `127.0.0.1:${nowhere}` },
        },
        stdio: 'ignore',
      });
      processes.push({ url: `http://127.0.0.1:${port}`, child });
    }
    for (const { url } of processes) await until(url, async () => (await fetch(`${url}/health`)).ok);
  });
  afterAll(async () => {
    for (const { child } of processes) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    }
    await place.remove();
  });

  async function call<T>(process: number, method: string, path: string, body: object): Promise<T> {
    const response = await fetch(`${processes[process % PROCESSES]?.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async function customers(prefix: string): Promise<string[]> {
    const events = Array.from({ length: CUSTOMERS }, (_, index) => ({
      ...{ id: `${prefix}-${index}`, type: 'viewed_page', source: 'shop', occurredAt: new Date().toISOString() },
      identity: { email: `${prefix}-${index}@example.com` },
      consent: { email: { state: 'subscribed', source: 'test' } },
    }));
    const { accepted } = await call<{ accepted: { customerId: string }[] }>(0, 'POST', '/events', { events });
    return accepted.map(({ customerId }) => customerId);
  }

  /** Everybody's requests to all processes at once; each request lists the customers in another order. */
  async function askAtOnce(ids: string[], keyOf: (id: string, request: number) => string): Promise<Answer[]> {
    const requests = Array.from({ length: PROCESSES * REQUESTS }, async (_, request) => {
      const turned = ids.map((_id, index) => ids[(index * 7 + request * 11) % ids.length] ?? '');
      const items = turned.map((customerId) => ({
        ...{ ref: customerId, customerId, channel: 'email', category: 'marketing', node: 'news' },
        key: keyOf(customerId, request),
      }));
      return (await call<{ items: Answer[] }>(request, 'POST', '/sends/authorize', { items })).items;
    });
    return (await Promise.all(requests)).flat();
  }

  const allowedOf = (answers: Answer[], id: string) =>
    answers.filter(({ ref, decision }) => ref === id && decision === 'send');

  const setPolicy = async (policy: Partial<Policy>) => {
    await call(0, 'PUT', '/policy', { ...DEFAULT_POLICY, ...policy });
  };

  it('let one message through within the gap', async () => {
    await setPolicy({});
    const ids = await customers('gap');
    const answers = await askAtOnce(ids, (id, request) => `gap/${id}/${request}`);
    expect(answers).toHaveLength(CUSTOMERS * PROCESSES * REQUESTS);
    expect(ids.map((id) => allowedOf(answers, id).length)).toEqual(ids.map(() => 1));
    const others = answers.filter(({ decision }) => decision !== 'send');
    expect(others.filter(({ reasons }) => !reasons.includes('min_gap'))).toEqual([]);
  });

  it('let as many through as the cap allows', async () => {
    const gaps = { ...DEFAULT_POLICY.gaps, email: null };
    await setPolicy({ gaps, caps: [{ channels: ['email'], count: 3, window: 'P7D', days: 'rolling' }] });
    const ids = await customers('cap');
    const answers = await askAtOnce(ids, (id, request) => `cap/${id}/${request}`);
    expect(ids.map((id) => allowedOf(answers, id).length)).toEqual(ids.map(() => 3));
    const others = answers.filter(({ decision }) => decision !== 'send');
    expect(others.filter(({ reasons }) => !reasons.includes('frequency_cap'))).toEqual([]);
  });

  it('give a claim once, and let one start it', async () => {
    await setPolicy({});
    const ids = await customers('claim');
    const answers = await askAtOnce(ids, (id) => `claim/${id}`);
    expect(ids.map((id) => allowedOf(answers, id).length)).toEqual(ids.map(() => 1));
    const sendIds = answers.flatMap(({ sendId, decision }) => (decision === 'send' && sendId ? [sendId] : []));
    const starts = await Promise.all(
      Array.from({ length: PROCESSES * REQUESTS }, async (_, by) => {
        const turned = by % 2 === 0 ? sendIds : sendIds.toReversed();
        return await call<{ started: string[] }>(by, 'POST', '/sends/started', { sendIds: turned, by: `caller ${by}` });
      }),
    );
    expect(starts.flatMap(({ started }) => started).sort()).toEqual(sendIds.toSorted());
  });
});
