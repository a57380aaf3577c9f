/** RFM of files against CONTRACT section 7 written down naively, and the command `rfm` as section 6 has it. */
import fc from 'fast-check';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { segmentOf, type Score } from '../../../temporal/domain/rfm/segments.ts';
import { dayOfText } from '../../../temporal/offline/fieldValues.ts';
import { rfmOfFile } from '../../../temporal/offline/rfmOfFile.ts';

const CLI = join(import.meta.dirname, '../../../temporal/cli.ts');
const HEADER = 'customer_id,order_id,ordered_at,product_id,quantity,revenue';
const AS_OF = '2026-03-01';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rfm-'));
  file = join(folder, 'orders.csv');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function scored(csv: string, minorDigits = 2) {
  writeFileSync(file, csv);
  const asOfDay = dayOfText(AS_OF) as number;
  const { rows } = await rfmOfFile({ file, asOfDay, minorDigits, skipBad: false });
  return [...rows()];
}

interface Line {
  customer: string;
  order: string;
  /** ISO time, UTC. */
  at: string;
  quantity: string;
  /** In thousandths, so that rounding matters. */
  thousandths: number;
}

const line: fc.Arbitrary<Line> = fc.record({
  customer: fc.constantFrom('anna', 'bert', 'carl', 'dora', 'émile', 'f', '10', '9'),
  order: fc.constantFrom('', '', '1', '2', '3', 'o-4'),
  at: fc
    .date({ min: new Date('2026-02-20T00:00:00Z'), max: new Date('2026-03-02T23:59:59Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  quantity: fc.constantFrom('', '', '1', '2', '0', '-1'),
  thousandths: fc.oneof(fc.constantFrom(0, 5, -5, 1005), fc.integer({ min: -50_000, max: 100_000 })),
});
const amount = (thousandths: number): string => {
  const digits = String(Math.abs(thousandths)).padStart(4, '0');
  return `${thousandths < 0 ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
};
const csvOf = (lines: Line[]): string =>
  [HEADER, ...lines.map((l) => `${l.customer},${l.order},${l.at},p,${l.quantity},${amount(l.thousandths)}`)].join('\n');

/** The rules one by one, with lists and filters. */
function naively(lines: Line[]) {
  const until = lines.filter(({ at }) => at.slice(0, 10) <= AS_OF);
  const isReturn = ({ quantity, thousandths }: Line) => (quantity === '' ? thousandths < 0 : Number(quantity) < 0);
  const values = [...new Set(until.map(({ customer }) => customer))].flatMap((customer) => {
    const own = until.filter((l) => l.customer === customer);
    const bought = own.filter((l) => !isReturn(l));
    if (bought.length === 0) return [];
    const last = bought
      .map(({ at }) => at.slice(0, 10))
      .sort()
      .at(-1) as string;
    const sum = own.reduce((total, { thousandths }) => total + thousandths, 0);
    return {
      customerId: customer,
      recencyDays: (Date.parse(AS_OF) - Date.parse(last)) / 86_400_000,
      orders: new Set(bought.map(({ order, at }) => (order === '' ? `day ${at.slice(0, 10)}` : `order ${order}`))).size,
      moneyMinor: Math.sign(sum) * Math.round(Math.abs(sum) / 10) + 0,
    };
  });
  const score = (value: number, all: number[]): Score =>
    (1 + Math.floor((5 * all.filter((other) => other < value).length) / all.length)) as Score;
  return values
    .map((value) => {
      const r = score(
        -value.recencyDays,
        values.map(({ recencyDays }) => -recencyDays),
      );
      const f = score(
        value.orders,
        values.map(({ orders }) => orders),
      );
      const m = score(
        value.moneyMinor,
        values.map(({ moneyMinor }) => moneyMinor),
      );
      return { ...value, r, f, m, segment: segmentOf(r, f) };
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.customerId), Buffer.from(b.customerId)));
}

describe('rfmOfFile', () => {
  it('says of any file what the rules say one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (lines) => {
        expect(await scored(csvOf(lines))).toEqual(naively(lines));
      }),
    );
  });

  it('does not depend on the order of the lines', async () => {
    const shuffled = fc
      .array(line, { minLength: 2, maxLength: 40 })
      .chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })));
    await fc.assert(
      fc.asyncProperty(shuffled, async ([lines, others]) => {
        expect(await scored(csvOf(others))).toEqual(await scored(csvOf(lines)));
      }),
      { numRuns: 50 },
    );
  });

  it('lists nobody who has only returned, and knows minor units of other currencies', async () => {
    const csv = `${HEADER}\na,1,2026-02-01,,1,10.0004\na,1,2026-02-01,,1,0.0001\nb,2,2026-02-01,,-1,5\nc,3,2026-02-01,,,-5`;
    expect(await scored(csv, 3)).toMatchObject([{ customerId: 'a', orders: 1, moneyMinor: 10_001 }]);
    expect(await scored(csv, 0)).toMatchObject([{ customerId: 'a', moneyMinor: 10 }]);
    expect(await scored(HEADER)).toEqual([]);
  });

  it('gives one score to all where everybody is equal', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `c${i},${i},2026-02-01,,1,10`);
    const customers = await scored([HEADER, ...rows].join('\n'));
    expect(new Set(customers.map(({ r, f, m, segment }) => `${r}${f}${m} ${segment}`))).toEqual(
      new Set(['111 hibernating']),
    );
  });
});

function rfm(args: string[], input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'rfm', ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the command', () => {
  const csv = `${HEADER}\n"b, ""x""",1,2026-02-27,p,1,84.00\na,2,2026-03-01T23:59:59Z,p,2,4.35\na,3,2026-03-02,p,2,4.35\n`;

  it('prints CSV, or JSON, of a file or of standard input, gzip or not', () => {
    const printed =
      'customer_id,recency_days,orders,money,r,f,m,segment\na,0,1,435,3,1,1,about_to_sleep\n"b, ""x""",2,1,8400,1,1,3,hibernating\n';
    const answer = rfm(['--orders', '-', '--as-of', AS_OF], gzipSync(csv));
    expect(answer).toMatchObject({ status: 0, stdout: printed });
    expect(answer.stderr).toBe(
      'Standard input: 2 customers with an order; 2 lines read, 1 line after the day passed over.\n',
    );
    const json = rfm(['--orders', '-', '--as-of', AS_OF, '--format', 'json', '--currency', 'jpy'], csv);
    expect(JSON.parse(json.stdout)).toEqual([
      { customer_id: 'a', recency_days: 0, orders: 1, money: 4, r: 3, f: 1, m: 1, segment: 'about_to_sleep' },
      { customer_id: 'b, "x"', recency_days: 2, orders: 1, money: 84, r: 1, f: 1, m: 3, segment: 'hibernating' },
    ]);
  });

  it('prints nothing but the header, or an empty list, where nobody has ordered', () => {
    expect(rfm(['--orders', '-', '--as-of', AS_OF, '--format', 'json'], HEADER)).toMatchObject({
      status: 0,
      stdout: '[]\n',
    });
  });

  it('ends at a bad line with its number and the reason, or passes over it and counts', () => {
    const bad = `${csv}c,1,04/03/2026,p,1,1\n`;
    const answer = rfm(['--orders', '-', '--as-of', AS_OF], bad);
    expect(answer).toMatchObject({ status: 1, stdout: '' });
    expect(answer.stderr).toMatch(/^Standard input, line 5: ordered_at "04\/03\/2026" could be either of two days/);
    const skipped = rfm(['--orders', '-', '--as-of', AS_OF, '--skip-bad'], bad);
    expect(skipped.status).toBe(0);
    expect(skipped.stdout.split('\n')).toHaveLength(4);
    expect(skipped.stderr).toContain('1 bad line passed over (the first: Standard input, line 5:');
  });

  it.each([
    [['--orders', '-'], '--as-of'],
    [['--as-of', AS_OF], '--orders'],
    [['--orders', '-', '--as-of', '01.03.2026'], 'a day such as 2026-11-22'],
    [['--orders', '-', '--as-of', AS_OF, '--format', 'xml'], 'csv, json'],
  ])('calls %j wrong use', (args, hint) => {
    const answer = rfm(args, csv);
    expect(answer).toMatchObject({ status: 2, stdout: '' });
    expect(answer.stderr).toContain(hint);
  });

  it('says which file is not there', () => {
    expect(rfm(['--orders', join(folder, 'none.csv'), '--as-of', AS_OF])).toEqual({
      status: 1,
      stdout: '',
      stderr: `${join(folder, 'none.csv')} cannot be read: there is no such file.\n`,
    });
  });

  it('ends well when whoever reads has seen enough', async () => {
    writeFileSync(
      file,
      [HEADER, ...Array.from({ length: 50_000 }, (_, i) => `customer-${i},,2026-02-01,,,1`)].join('\n'),
    );
    const child = spawn(process.execPath, [CLI, 'rfm', '--orders', file, '--as-of', AS_OF]);
    child.stdout.once('data', () => child.stdout.destroy());
    const words: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    expect(Buffer.concat(words).toString()).not.toContain('EPIPE');
  });
});
