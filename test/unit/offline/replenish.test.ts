/** `commerce-journeys replenish` as CONTRACT sections 6 and 7 have it, on real files and through the real command. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { replenishmentOfFiles } from '../../../temporal/offline/replenishmentOfFiles.ts';

const CLI = join(import.meta.dirname, '../../../temporal/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'replenish-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function written(lines: readonly string[] | Buffer): string {
  files += 1;
  const file = join(folder, `${files}.csv`);
  writeFileSync(file, Buffer.isBuffer(lines) ? lines : `${lines.join('\n')}\n`);
  return file;
}

function command(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'replenish', ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const ORDERS = 'customer_id,order_id,ordered_at,product_id,quantity,revenue';
const EVENTS = 'event_id,customer_id,product_id,ordered_at,quantity';
const DAY_MS = 24 * 3600_000;
/** Of 2026, 0 is 1 January. */
const dateOf = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString().slice(0, 10);
const order = (customer: string, product: string, day: number, quantity: number | '' = 1, revenue = '5.00') =>
  `${customer},,${dateOf(day)},${product},${quantity},${revenue}`;
const event = (id: string, customer: string, product: string, day: number, quantity: number | '' = 1) =>
  `${id},${customer},${product},${dateOf(day)},${quantity}`;

/** Fifty customers who buy soap every 30 days and tea every 10, six times each, from day 0 on. */
const SHOP = Array.from({ length: 50 }, (_, customer) =>
  [0, 1, 2, 3, 4, 5].flatMap((turn) => [
    order(`c${customer}`, 'soap', turn * 30 + (customer % 5)),
    order(`c${customer}`, 'tea', turn * 10 + (customer % 3)),
  ]),
).flat();

const forecast = (orders: readonly string[], events: readonly string[], fitUntil: number | null = null) =>
  replenishmentOfFiles({
    orders: written(orders),
    events: written(events),
    fitUntil: fitUntil === null ? null : Date.UTC(2026, 0, 1) / DAY_MS + fitUntil,
    skipBad: false,
    onOrders: () => undefined,
    onEvents: () => undefined,
  });

async function answersOf(orders: readonly string[], events: readonly string[], fitUntil: number | null = null) {
  const done = await forecast([ORDERS, ...orders], [EVENTS, ...events], fitUntil);
  return Object.fromEntries([...done.answers()].map(({ eventId, days }) => [eventId, days]));
}

it('answers every event, in the order of the file, with quantiles in order', () => {
  const events = [
    event('known', 'c1', 'soap', 200),
    event('stranger', 'somebody', 'tea', 200),
    event('unknown', 'somebody', 'lamp', 200, ''),
    event('__proto__', 'c2', 'soap', -500, -1),
  ];
  const answer = command(['--orders', written([ORDERS, ...SHOP]), '--events', written([EVENTS, ...events])]);
  expect(answer.status).toBe(0);
  const answers = JSON.parse(answer.stdout) as Record<string, Record<string, number>>;
  expect(answer.stdout.match(/"(\w+)":\{/g)).toEqual(['"known":{', '"stranger":{', '"unknown":{', '"__proto__":{']);
  for (const days of Object.values(answers)) {
    expect(Object.keys(days)).toEqual(['q40', 'q50', 'q60', 'q80']);
    const values = Object.values(days);
    expect(values.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
  expect(answers.known?.q50).toBeGreaterThan(27);
  expect(answers.known?.q50).toBeLessThan(33);
  expect(answers.stranger?.q50).toBeGreaterThan(9);
  expect(answers.stranger?.q50).toBeLessThan(11);
  // 50 customers × 2 products × 5 gaps.
  expect(answer.stderr).toContain('learned from 500 gaps of 2 products');
});

it('learns of everybody only what had ended by --fit-until, of the customer what had ended by the event', async () => {
  const events = [event('theirs', 'late', 'soap', 400), event('others', 'new', 'soap', 400)];
  const until = 200;
  const later = Array.from({ length: 40 }, (_, turn) => order('late', 'soap', 210 + turn * 5));
  const [before, after] = [await answersOf(SHOP, events, until), await answersOf([...SHOP, ...later], events, until)];
  expect(after.others).toEqual(before.others);
  // 38 own gaps of 5 days by day 400, where everybody has 30 and nobody has ever been different.
  expect(after.theirs?.q50).toBeLessThan(12);
  // Without a day everybody is learned from up to the last line.
  expect((await answersOf([...SHOP, ...later], events)).others).not.toEqual(before.others);
});

it('uses no order line after the day of the event, whoever it is of', async () => {
  const events = [event('e', 'c1', 'soap', 60)];
  const future = [order('c1', 'soap', 61), order('c1', 'tea', 75), order('c1', 'soap', 300), order('x', 'soap', 300)];
  expect(await answersOf([...SHOP, ...future], events, 60)).toEqual(await answersOf(SHOP, events, 60));
});

it('counts the purchase of an event once, whether the orders have it or not', async () => {
  const own = [order('me', 'soap', 0), order('me', 'tea', 0), order('me', 'soap', 50), order('me', 'tea', 70)];
  const events = [event('e', 'me', 'soap', 70, 2)];
  const without = await answersOf([...SHOP, ...own], events, 45);
  expect(await answersOf([...SHOP, ...own, order('me', 'soap', 70, 2)], events, 45)).toEqual(without);
  // The same purchase in two lines.
  const lines = [order('me', 'soap', 70, 1), order('me', 'soap', 70, 1)];
  expect(await answersOf([...SHOP, ...own, ...lines], events, 45)).toEqual(without);
  // The gap that it ends counts: of somebody without a history something else is expected.
  expect((await answersOf([...SHOP, ...own], [event('e', 'other', 'soap', 70, 2)], 45)).e).not.toEqual(without.e);
});

it('depends neither on the order of the lines nor on other events', async () => {
  const events = [event('a', 'c1', 'soap', 100), event('b', 'c1', 'tea', 101), event('c', 'c2', 'soap', 99)];
  const all = await answersOf(SHOP, events);
  expect(await answersOf(SHOP.toReversed(), events.toReversed())).toEqual(all);
  for (const line of events) {
    const id = line.slice(0, 1);
    expect(await answersOf(SHOP, [line])).toEqual({ [id]: all[id] });
  }
});

it('takes returns for no purchase', async () => {
  const returns = [order('c1', 'soap', 95, -1, '-5.00'), order('c1', 'soap', 97, '', '-5.00')];
  const events = [event('e', 'c1', 'soap', 100)];
  expect(await answersOf([...SHOP, ...returns], events)).toEqual(await answersOf(SHOP, events));
});

it('answers from the prior where nothing was ever bought again', async () => {
  // model.ts: around 45 days.
  const answers = await answersOf([order('a', 'x', 0)], [event('e', 'a', 'x', 0), event('f', 'b', 'y', 5)]);
  expect(answers.e?.q50).toBeCloseTo(45, 6);
  expect(answers.f).toEqual(answers.e);
});

it('reads gzip, standard input and other columns in any order', () => {
  const plain = command([
    '--orders',
    written([ORDERS, ...SHOP]),
    '--events',
    written([EVENTS, event('e', 'c1', 'soap', 90)]),
  ]);
  const zipped = written(gzipSync(`${[ORDERS, ...SHOP].join('\n')}\n`));
  const stdin = `note,quantity,ordered_at,product_id,customer_id,event_id\n"a, b",1,${dateOf(90)}T23:00:00Z,soap,c1,e\n`;
  const other = command(['--orders', zipped, '--events', '-'], stdin);
  expect(other).toMatchObject({ status: 0, stdout: plain.stdout });
});

it('prints an empty object for no events', () => {
  const answer = command(['--orders', written([ORDERS, ...SHOP]), '--events', written([EVENTS])]);
  expect(answer).toMatchObject({ status: 0, stdout: '{}\n' });
});

it.each([
  ['orders', [ORDERS, order('a', 'x', 0), 'a,,01/02/2026,x,1,5'], /line 3: ordered_at "01\/02\/2026" .*--skip-bad/],
  ['orders', ['customer_id,ordered_at,revenue', `a,${dateOf(0)},5`], /no column product_id/],
  ['events', [EVENTS, event('', 'a', 'x', 0)], /line 2: event_id is empty/],
  ['events', [EVENTS, event('e', 'a', '', 0)], /line 2: product_id is empty/],
  ['events', [EVENTS, event('e', 'a', 'x', 0), event('e', 'a', 'x', 1)], /line 3: event_id "e" stands for another/],
  ['events', ['customer_id,product_id,ordered_at', `a,x,${dateOf(0)}`], /no column event_id/],
])('ends with line number and reason: %s %j', async (bad, lines, reason) => {
  const [orders, events] = bad === 'orders' ? [lines, [EVENTS]] : [[ORDERS], lines];
  await expect(forecast(orders, events)).rejects.toThrow(reason);
});

it('exits with 1 and prints nothing where a line is bad', () => {
  const answer = command(['--orders', written([ORDERS, 'a,,soon,x,1,5']), '--events', written([EVENTS])]);
  expect(answer).toMatchObject({ status: 1, stdout: '' });
  expect(answer.stderr).toContain('line 2: ordered_at');
});

it('passes over bad lines when asked to, and counts them', () => {
  const orders = written([ORDERS, 'a,,yesterday,soap,1,5', ...SHOP]);
  const events = [event('e', 'c1', 'soap', 90), event('e', 'c2', 'soap', 90), event('e', 'c1', 'soap', 90), 'f,c1'];
  const answer = command(['--orders', orders, '--events', written([EVENTS, ...events]), '--skip-bad']);
  expect(answer.status).toBe(0);
  expect(Object.keys(JSON.parse(answer.stdout) as object)).toEqual(['e']);
  expect(answer.stderr).toMatch(/600 lines read, 1 bad line passed over/);
  expect(answer.stderr).toMatch(/2 bad lines passed over/);
});

it.each([
  [['--orders', 'x.csv'], '--events'],
  [['--orders', 'x.csv', '--events', 'y.csv', '--fit-until', 'soon'], '2026-11-22'],
])('calls %j wrong use', (args, hint) => {
  const answer = command(args);
  expect(answer).toMatchObject({ status: 2, stdout: '' });
  expect(answer.stderr).toContain(hint);
});

it('says that only one file can be standard input', () => {
  const answer = command(['--orders', '-', '--events', '-']);
  expect(answer).toMatchObject({ status: 1, stdout: '' });
  expect(answer.stderr).toContain('Only one');
});
