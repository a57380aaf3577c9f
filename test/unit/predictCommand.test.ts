/** `commerce-journeys predict` as CONTRACT sections 6 and 7 have it: on the CDNOW sample, on small files, and on all that is wrong with one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CDNOW_FILE } from './domain/clv/cdnow.ts';

const CLI = join(import.meta.dirname, '../../temporal/cli.ts');
const REFERENCES = join(import.meta.dirname, 'domain/clv/references.json');

interface Predictions {
  model: string;
  unit: string;
  params: number[];
  logLikelihood: number;
  gammaGamma: { params: number[]; logLikelihood: number };
  customers: Record<string, { alive: number; orders: number; value: number; spend: number }>;
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'predict-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string | Buffer): string {
  const file = join(folder, `${++files}.csv`);
  writeFileSync(file, content);
  return file;
}

function run(args: string[], input = '') {
  const all = [CLI, 'predict', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { input, encoding: 'utf8', maxBuffer: 1e8 });
  return { status, stdout, stderr };
}

function predictions(args: string[], input = ''): Predictions {
  const { status, stdout, stderr } = run(args, input);
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Predictions;
}

const CDNOW = ['--orders', CDNOW_FILE, '--as-of', '1997-09-30'];
const lines = readFileSync(CDNOW_FILE, 'utf8').trimEnd().split('\n');

function point(fields: Record<string, unknown>): { ll: number; alive: number; expect: number } {
  const { stdout } = run(['--points', '-'], JSON.stringify([fields]));
  return (JSON.parse(stdout) as { ll: number; alive: number; expect: number }[])[0]!;
}

describe('on the CDNOW sample', () => {
  // CONTRACT 7.
  it.each([
    ['pareto-nbd', [0.553, 10.578, 0.606, 11.669], -9595.0],
    ['bg-nbd', [0.243, 4.414, 0.793, 2.426], -9582.4],
  ])('%s in weeks is as published', (model, params, logLikelihood) => {
    const answer = predictions([...CDNOW, '--model', model, '--unit', 'week']);
    expect(answer).toMatchObject({ model, unit: 'week' });
    expect(answer.params.map((value) => Number(value.toFixed(3)))).toEqual(params);
    expect(answer.logLikelihood.toFixed(1)).toBe(logLikelihood.toFixed(1));
    expect(answer.gammaGamma.params.map((value) => Number(value.toFixed(2)))).toEqual([6.25, 3.74, 15.44]);
    expect(Object.keys(answer.customers)).toHaveLength(2357);
  });

  it('is Pareto/NBD in days for a year at 10 % by default, says of customers what the formulas say, and nothing but numbers', () => {
    const answer = predictions(CDNOW);
    expect(answer).toMatchObject({ model: 'pareto-nbd', unit: 'day' });
    // Customer 0001 bought on 1 and 18 January and 2 August, for 29.33, 29.73 and 14.96.
    const { alive, orders, value, spend } = answer.customers['0001']!;
    const customer = point({ model: 'pareto-nbd', params: answer.params, x: 2, tx: 213, T: 272, t: 365 });
    expect(alive).toBeCloseTo(customer.alive, 12);
    expect(orders).toBeCloseTo(customer.expect, 12);
    const { expect: perOrder } = point({ model: 'gamma-gamma', params: answer.gammaGamma.params, x: 2, m: 22.345 });
    expect(spend).toBeCloseTo(perOrder, 12);
    expect(value).toBeLessThan(orders * spend);
    expect(value).toBeGreaterThan((orders * spend) / 1.1);
    for (const numbers of Object.values(answer.customers)) {
      expect(Object.keys(numbers)).toEqual(['alive', 'orders', 'value', 'spend']);
      expect(Object.values(numbers).every((number) => Number.isFinite(number) && number >= 0)).toBe(true);
    }
  });

  it('answers the same for the lines in another order, packed, from stdin, with later lines or without', () => {
    const known = lines.filter((line, i) => i === 0 || line.split(',')[1]! <= '1997-09-30');
    const shuffled = [known[0], ...known.slice(1).toReversed()].join('\n');
    const args = ['--as-of', '1997-09-30', '--model', 'bg-nbd'];
    const whole = predictions([...args, '--orders', CDNOW_FILE]);
    const other = predictions([...args, '--orders', written(gzipSync(shuffled))]);
    const piped = predictions([...args, '--orders', '-'], known.join('\n'));
    expect(piped).toEqual(whole);
    for (const [id, { alive, orders, value }] of Object.entries(whole.customers)) {
      expect(other.customers[id]!.alive).toBeCloseTo(alive, 8);
      expect(other.customers[id]!.orders).toBeCloseTo(orders, 8);
      expect(other.customers[id]!.value).toBeCloseTo(value, 6);
    }
  });

  it('--discount 0 gives orders times spend, --horizon is in days whatever the unit is', () => {
    const args = [...CDNOW, '--discount', '0', '--horizon', '28', '--model', 'mbg-nbd'];
    const days = predictions(args);
    const weeks = predictions([...args, '--unit', 'week']);
    for (const [id, { alive, orders, value, spend }] of Object.entries(days.customers)) {
      expect(value).toBe(orders * spend);
      expect(weeks.customers[id]!.orders).toBeCloseTo(orders, 7);
      expect(weeks.customers[id]!.alive).toBeCloseTo(alive, 7);
    }
  });
});

describe('what counts', () => {
  const customer = (name: string, ...rest: string[]): string[] => rest.map((fields) => `${name},${fields}`);
  const crowd = lines.slice(1).map((line) => `c${line}`);
  const header = 'customer_id,ordered_at,quantity,revenue';
  const answer = (...own: string[]): Predictions =>
    predictions(['--as-of', '1997-09-30', '--orders', '-'], [header, ...crowd, ...own].join('\n'));

  it('lines of one day are one purchase, returns are none, a line without a quantity is a return when it lowers money', () => {
    const { customers } = answer(
      ...customer('plain', '1997-03-01,1,10.00', '1997-04-01,1,30.00'),
      ...customer('split', '1997-03-01,1,10.00', '1997-04-01T08:00:00Z,1,10.00', '1997-04-01T23:59:59Z,2,20.00'),
      ...customer('returned', '1997-03-01,1,10.00', '1997-04-01,1,30.00', '1997-05-01,-1,-30.00', '1997-06-01,,-5.00'),
      ...customer('rebated', '1997-03-01,1,10.00', '1997-04-01,1,35.00', '1997-04-01,1,-5.00'),
      ...customer('onlyReturns', '1997-03-01,-1,-10.00'),
      ...customer('later', '1997-10-01,1,10.00'),
      ...customer('free', '1997-03-01,1,10.00', '1997-04-01,1,0'),
    );
    expect(customers.split).toEqual(customers.plain);
    expect(customers.returned).toEqual(customers.plain);
    expect(customers.rebated).toEqual(customers.plain);
    expect(customers).not.toHaveProperty('onlyReturns');
    expect(customers).not.toHaveProperty('later');
    // A free order is an order; who had no other repeat order is expected to spend what all do.
    expect(customers.free!.orders).toBe(customers.plain!.orders);
    expect(customers.free!.spend).toBe(customers.c0003!.spend);
  });

  it('ids are text, whatever it is', () => {
    const { customers } = answer(
      ...customer('"a ""b"", c"', '1997-03-01,1,1'),
      ...customer('__proto__', '1997-03-01,1,1'),
    );
    expect(Object.keys(customers)).toEqual(expect.arrayContaining(['a "b", c', '__proto__']));
  });
});

describe('what is wrong', () => {
  const HEADER = 'customer_id,ordered_at,quantity,revenue';
  const failing = (content: string, ...args: string[]) =>
    run(['--as-of', '2026-06-30', '--orders', '-', ...args], `${HEADER}\n${content}`);

  it.each<[string, string, RegExp]>([
    ['no lines', '', /nobody has ordered/],
    ['everybody equal', 'a,2026-01-01,1,5\na,2026-02-01,1,5\nb,2026-01-01,1,5\nb,2026-02-01,1,5', /same history/],
  ])('%s: exit 1 and a sentence', (_, content, sentence) => {
    const { status, stdout, stderr } = failing(content);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^not enough data: .*\.$/m);
    expect(stderr).toMatch(sentence);
  });

  it('where all orders cost the same there is no Gamma-Gamma: says so', () => {
    const equal = lines.slice(1).map((line) => line.replace(/[^,]*$/, '20.00'));
    const { status, stdout, stderr } = run(['--as-of', '1997-09-30', '--orders', '-'], [HEADER, ...equal].join('\n'));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^not enough data: .*Gamma-Gamma/m);
  });

  it('a bad line ends it with number and reason; --skip-bad goes on and counts', () => {
    const bad = [...lines.slice(0, 100), 'x,01/02/1997,1,5', ...lines.slice(100)].join('\n');
    const args = ['--as-of', '1997-09-30', '--orders', '-'];
    expect(run(args, bad)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('line 101: ordered_at'),
    });
    const { status, stdout, stderr } = run([...args, '--skip-bad'], bad);
    expect(status).toBe(0);
    expect(stderr).toContain('1 bad line passed over');
    expect(JSON.parse(stdout)).toEqual(predictions(CDNOW));
  });

  it.each<[string[], RegExp]>([
    [[], /--orders FILE/],
    [['--orders', 'x.csv'], /--as-of/],
    [['--orders', 'x.csv', '--as-of', '2026-02-30'], /a day such as/],
    [['--orders', 'x.csv', '--as-of', '2026-02-01', '--horizon', 'NaN'], /number of days/],
    [['--orders', 'x.csv', '--as-of', '2026-02-01', '--discount', '-1'], /yearly rate/],
    [['--orders', 'x.csv', '--points', 'y.json'], /without --orders/],
  ])('%j is wrong use', (args, hint) => {
    const { status, stdout, stderr } = run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(hint);
  });

  it('a file that is not there is named', () => {
    expect(run(['--orders', '/nowhere.csv', '--as-of', '2026-02-01'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/nowhere.csv'),
    });
  });
});

describe('--points', () => {
  it('answers each in its place, with the formulas of the papers', () => {
    const references = JSON.parse(readFileSync(REFERENCES, 'utf8')) as {
      point: { model: string };
      ll: string;
      alive?: string;
    }[];
    const file = written(JSON.stringify(references.map((reference) => reference.point)));
    const { status, stdout } = run(['--points', file]);
    expect(status).toBe(0);
    const answers = JSON.parse(stdout) as { ll: number; alive?: number }[];
    expect(answers).toHaveLength(references.length);
    for (const [i, { ll, alive }] of references.entries()) {
      expect(Math.abs(answers[i]!.ll - Number(ll))).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(Number(ll))));
      expect(Object.keys(answers[i]!)).toEqual(alive === undefined ? ['ll', 'expect'] : ['ll', 'alive', 'expect']);
    }
    expect(run(['--points', '-'], '[]')).toMatchObject({ status: 0, stdout: '[\n]\n' });
  });

  it('a wrong one ends it with its number and the reason', () => {
    const good = { model: 'bg-nbd', params: [0.243, 4.414, 0.793, 2.426], x: 2, tx: 30.43, T: 38.86, t: 39 };
    const { status, stdout, stderr } = run(['--points', '-'], JSON.stringify([good, { ...good, tx: 40 }]));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      'Point 1 (the first is 0): tx (40) is the time of the last purchase and cannot be above T (38.86).\n',
    );
  });

  it.each([
    ['{', /no valid JSON/],
    ['{"model":"bg-nbd"}', /JSON array/],
  ])('%s is refused', (input, reason) => {
    const { status, stderr } = run(['--points', '-'], input);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
  });
});
