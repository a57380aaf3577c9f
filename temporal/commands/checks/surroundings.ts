/** `doctor` on what surrounds the parts: clocks, the public address, the time scale. */
import { sql } from 'kysely';
import { isLoopback } from '../../n8n/n8nApi.ts';
import type { Settings } from '../../settings.ts';
import type { Connection } from '../../store/connections.ts';
import type { Store } from '../../store/store.ts';
import { fine, notChecked, QUESTION_MS, wrong, type Verdict } from './finding.ts';

/** Signed calls bear five minutes; waits that end at a time of day, and orders before their events, bear less. */
const MOST_APART_MS = 60_000;

/** @param apartMs how far another's clock is ahead of ours (negative: behind) */
export interface Clock {
  name: string;
  apartMs: number;
}

/** @returns null when it does not answer, or without a Date header */
export async function clockOf(name: string, url: string): Promise<Clock | null> {
  const before = Date.now();
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(QUESTION_MS) }).catch(() => null);
  await response?.body?.cancel();
  const theirs = Date.parse(response?.headers.get('date') ?? '');
  return Number.isFinite(theirs) ? { name, apartMs: theirs - middle(before) } : null;
}

/** @returns null for SQLite, which has no clock of its own */
export async function clockOfStore(store: Store): Promise<Clock | null> {
  if (store.dialect !== 'postgres') return null;
  const before = Date.now();
  const { rows } = await sql<{ ms: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`.execute(
    store.db,
  );
  return rows[0] ? { name: 'PostgreSQL', apartMs: rows[0].ms - middle(before) } : null;
}

const middle = (before: number): number => (before + Date.now()) / 2;

export function clocksVerdict(clocks: readonly (Clock | null)[]): Verdict {
  const seen = clocks.filter((clock) => clock !== null);
  if (seen.length === 0) return notChecked('No other part tells its time.');
  const off = seen.filter(({ apartMs }) => Math.abs(apartMs) > MOST_APART_MS);
  if (off.length === 0) return fine(`Less than a minute from ${seen.map(({ name }) => name).join(', ')}.`);
  const words = off.map(({ name, apartMs }) => {
    const seconds = Math.round(Math.abs(apartMs) / 1000);
    return `The clock of ${name} is ${seconds} s ${apartMs > 0 ? 'ahead of' : 'behind'} this machine's.`;
  });
  return wrong(`${words.join(' ')} Let NTP set the clocks of all machines: signatures and waits go by them.`);
}

type Known = Pick<Connection, 'name' | 'kind'>;
/** Shops and collectors that call from outside. Own programs (custom) and GA4's export may stand on this machine. */
const FROM_OUTSIDE: readonly Connection['kind'][] = ['shopify', 'woocommerce', 'segment'];
const outside = (connections: readonly Known[]): string[] =>
  connections.filter(({ kind }) => FROM_OUTSIDE.includes(kind)).map(({ name, kind }) => `${name} (${kind})`);

export function publicUrlVerdict(publicUrl: string, connections: readonly Known[]): Verdict {
  const local = isLoopback(publicUrl);
  const plain = publicUrl.startsWith('http:');
  if (!local && !plain) return fine(`Links and webhooks begin with ${publicUrl}.`);
  const shops = outside(connections);
  const what = local ? 'leads to this machine only' : 'is http, without encryption';
  if (shops.length === 0) return fine(`${publicUrl} ${what}: right for trying out, not for shops and customers.`);
  return wrong(
    `${publicUrl} ${what}, but shops are connected: ${shops.join(', ')}. Their webhooks and the links in messages need ` +
      'JOURNEYS_PUBLIC_URL=https://…, an address that leads to the gateway from outside.',
  );
}

export function timeScaleVerdict({ timeScale }: Pick<Settings, 'timeScale'>, connections: readonly Known[]): Verdict {
  if (timeScale === 1) return fine('Time runs as it does.');
  const shops = outside(connections);
  const words = `JOURNEYS_TIME_SCALE is ${timeScale}`;
  if (shops.length === 0) return fine(`${words}: for demos and tests only.`);
  return wrong(
    `${words}, but shops are connected: ${shops.join(', ')}. Their customers would get messages ${timeScale} times too soon. Remove it.`,
  );
}
