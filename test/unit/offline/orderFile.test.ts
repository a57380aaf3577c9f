/** The orders file as CONTRACT sections 6 and 7 have it, against a naive reader, and with everything that real files have wrong. */
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CsvRecords } from '../../../temporal/offline/csvRecords.ts';
import { ExactSums } from '../../../temporal/offline/exactSums.ts';
import { IdTable } from '../../../temporal/offline/idTable.ts';
import { type OrderFileOptions, readOrderFile } from '../../../temporal/offline/orderFile.ts';
import { OrderCounts } from '../../../temporal/offline/orderCounts.ts';

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'orders-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string | Buffer): string {
  const file = join(folder, `${++files}.csv`);
  writeFileSync(file, content);
  return file;
}

async function read(content: string | Buffer, options: Partial<OrderFileOptions> = {}) {
  const [customers, products, orders] = [new IdTable(), new IdTable(), new OrderCounts()];
  const lines: Record<string, unknown>[] = [];
  const result = await readOrderFile(
    {
      file: written(content),
      required: ['customer_id', 'ordered_at', 'revenue'],
      optional: ['order_id', 'product_id', 'quantity'],
      untilDay: null,
      minorDigits: 2,
      skipBad: false,
      customers,
      products,
      orders,
      ...options,
    },
    (line) =>
      lines.push({
        ...line,
        customer: customers.textOf(line.customer),
        product: line.product < 0 ? null : products.textOf(line.product),
      }),
  );
  return { lines, result };
}

const HEADER = 'customer_id,order_id,ordered_at,product_id,quantity,revenue';
const failure = async (content: string | Buffer, options: Partial<OrderFileOptions> = {}): Promise<string> =>
  await read(content, options).then(
    () => 'read',
    (error: Error) => error.message,
  );

describe('what is read', () => {
  it('reads columns by their names, passes over others, and knows days, times, returns and exact money', async () => {
    const { lines, result } = await read(
      'note,revenue,Customer_ID,ordered_at,quantity,order_id\n' +
        'x,84.00,42,2026-11-22,2,o1\n' +
        ',-4.35,ümlaut,2026-11-22T23:30:00-02:00,,o2\n' +
        ',19.900000000000002,42,2026-11-22T10:00:00.25Z,-1.5,\n' +
        ',0,42,1997-01-01t00:00:00+05:30, ,o1\n',
    );
    expect(result).toEqual({ lines: 4, skipped: 0, later: 0, firstProblem: null });
    expect(lines).toMatchObject([
      {
        line: 2,
        customer: '42',
        at: Date.UTC(2026, 10, 22),
        quantity: 2,
        revenueMinor: 8400,
        revenueRest: 0,
      },
      {
        line: 3,
        customer: 'ümlaut',
        at: Date.UTC(2026, 10, 23, 1, 30),
        hasQuantity: false,
        revenueMinor: -435,
        isReturn: true,
      },
      {
        line: 4,
        at: Date.UTC(2026, 10, 22, 10, 0, 0, 250),
        quantity: -1.5,
        revenueMinor: 1990,
        revenueRest: 200,
        isReturn: true,
      },
      {
        line: 5,
        at: Date.UTC(1996, 11, 31, 18, 30),
        quantity: 1,
        revenueMinor: 0,
        isReturn: false,
      },
    ]);
    expect(lines.map(({ day }) => day)).toEqual([20779, 20780, 20779, 9861]);
  });

  it('reads BOM, CRLF, quotes with line breaks, semicolons, gzip, blank lines and a last line without an end', async () => {
    const csv =
      '\ufeff"customer_id";revenue;ordered_at;note\r\n"a ""b""";1;2026-01-01;"two\r\nlines; one field"\r\n\r\n\r\nc;"2";2026-01-02;';
    for (const content of [csv, gzipSync(csv)]) {
      const { lines } = await read(content);
      expect(lines).toMatchObject([
        { line: 2, customer: 'a "b"', revenueMinor: 100 },
        { line: 6, customer: 'c', revenueMinor: 200, day: 20455 },
      ]);
    }
  });

  it('passes over what lies after the day, but not what is wrong there', async () => {
    const csv = `${HEADER}\na,1,2026-01-02T00:00:00+01:00,,,1\nb,2,2026-01-02,,,1\n`;
    const { lines, result } = await read(csv, { untilDay: 20454 });
    expect(lines).toMatchObject([{ customer: 'a' }]);
    expect(result).toMatchObject({ lines: 1, later: 1 });
    expect(await failure(`${HEADER}\nb,2,2026-01-02,,,x\n`, { untilDay: 20454 })).toContain('line 2: revenue "x"');
  });

  it('counts orders by customer and id, or by customer and day', async () => {
    const rows = [
      'a,1,2026-01-01',
      'a,1,2026-01-02',
      'b,1,2026-01-01',
      'a,,2026-01-01',
      'a,,2026-01-01',
      'a,,2026-01-02',
      'a,20454,2026-01-01',
    ];
    const orders = new OrderCounts();
    await read(`${HEADER}\n${rows.map((row) => `${row},,,1`).join('\n')}\na,2,2026-01-01,,,-1`, { orders });
    expect([...orders.counts(2)]).toEqual([4, 1]);
  });
});

describe('what is wrong with a line', () => {
  it.each([
    ['a,1,03/04/2025,p,1,1', 'ordered_at "03/04/2025" could be either of two days: write all dates as year-month-day'],
    ['a,1,22.11.2025,p,1,1', 'ordered_at "22.11.2025" is in the format of a country'],
    ['a,1,2025-02-29,p,1,1', 'ordered_at "2025-02-29" is a day that does not exist'],
    ['a,1,2025-01-01T24:00:00Z,p,1,1', 'is a time that does not exist'],
    ['a,1,2025-01-01Z,p,1,1', 'is no day such as 2026-11-22'],
    ['a,1,2025-01-01T10:00:00+0100x,p,1,1', 'is no day such as'],
    ['a,1,,p,1,1', 'ordered_at is empty'],
    ['a,1,2025-01-01,p,1,', 'revenue is empty'],
    ['a,1,2025-01-01,p,1,"1,50"', 'revenue "1,50" has a comma'],
    ['a,1,2025-01-01,p,1,1e3', 'revenue "1e3" is no amount'],
    ['a,1,2025-01-01,p,1,NaN', 'revenue "NaN" is no amount'],
    ['a,1,2025-01-01,p,1,-', 'revenue "-" is no amount'],
    ['a,1,2025-01-01,p,1,12345678901234.00', 'is larger than any real amount'],
    ['a,1,2025-01-01,p,1,0.0000000000000000001', 'has more than 17 digits after the point'],
    ['a,1,2025-01-01,p,two,1', 'quantity "two" is no number'],
    [',1,2025-01-01,p,1,1', 'customer_id is empty'],
    ['a,1,2025-01-01,p,1', 'has 5 fields, but the header has 6'],
    ['a,1,2025-01-01,p,1,1,', 'has 7 fields, but the header has 6'],
    ['a,"1,2025-01-01,p,1,1', 'has a quote that is not closed'],
    ['a,"1"x,2025-01-01,p,1,1', 'has text after a closing quote'],
    [`a,${'1'.repeat(1024 * 1024)},2025-01-01,p,1,1`, 'is longer than 1,048,576 bytes'],
    ['a\0,1,2025-01-01,p,1,1', 'customer_id has a NUL character'],
    [Buffer.from('fc,1,2025-01-01,p,1,1', 'latin1').fill(0xfc, 0, 1), 'customer_id is not valid UTF-8'],
  ])('bad line %#', async (bad, problem) => {
    const good = 'a,0,2025-01-01,p,1,1\n';
    const csv = Buffer.concat([Buffer.from(`${HEADER}\n${good}`), Buffer.from(bad), Buffer.from(`\n${good}${good}`)]);
    const message = await failure(csv);
    expect(message).toContain('.csv, line 3: ');
    expect(message).toContain(problem);
    expect(message).toContain('--skip-bad');
    const { lines, result } = await read(csv, { skipBad: true });
    expect(result).toMatchObject({ lines: 3, skipped: 1 });
    expect(result.firstProblem).toContain(message.replace(/^.*\.csv, | Mend it.*/g, ''));
    expect(lines.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  it.each([
    ['', 'is empty'],
    [
      'customer_id,ordered_at\na,2025-01-01\n',
      'has no column revenue: its first line has to name its columns, such as customer_id,',
    ],
    ['a,2025-01-01,1\n', 'has no column customer_id, ordered_at, revenue'],
    ['customer_id,ordered_at,revenue,Revenue\n', 'has the column revenue twice'],
    [Buffer.from(`\ufeff${HEADER}`, 'utf16le'), 'is UTF-16 text'],
    [Buffer.alloc(3 * 1024 * 1024, 'x'), 'is no CSV file'],
    [gzipSync(`${HEADER}\na,1,2025-01-01,p,1,1`).subarray(0, 40), 'ends too early'],
  ])('refuses a file that is none', async (content, problem) => {
    expect(await failure(content, { skipBad: true })).toContain(problem);
  });

  it('finds one bad line among many, wherever the pieces of the file end', async () => {
    const good = 'customer,order,2025-01-01,product,1,10.00\n';
    const csv = `${HEADER}\n${good.repeat(20_000)}customer,order,2025-13-01,product,1,1\n${good.repeat(20_000)}`;
    expect(await failure(csv)).toContain('line 20002: ordered_at "2025-13-01"');
    expect((await read(csv, { skipBad: true })).result).toMatchObject({ lines: 40_000, skipped: 1 });
  });
});

const field = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'ü', '"', ',', '\n', '\r\n', '""', ' a '),
  fc.string({ maxLength: 6 }).filter((text) => !text.includes('\r')),
);
const quoted = (text: string, always: boolean): string =>
  always || /["\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

it('cuts any CSV into the fields that were written, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { maxLength: 8 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      (rows, always, lineEnd, endsWithLine, piece) => {
        const text = rows
          .map((row) => row.map((cell) => quoted(cell, always.next().value ?? false)).join(','))
          .join(lineEnd);
        const bytes = Buffer.from(text + (endsWithLine && rows.length > 0 ? lineEnd : ''));
        const found: string[][] = [];
        const records = new CsvRecords(',', {
          record: ({ fields, starts, ends, bytes: all }) =>
            found.push(
              Array.from({ length: fields }, (_, i) => Buffer.from(all.subarray(starts[i], ends[i])).toString()),
            ),
          problem: (problem) => found.push([problem]),
        });
        for (let at = 0; at < bytes.length; at += piece) records.push(bytes.subarray(at, at + piece));
        records.end();
        expect(found).toEqual(rows);
      },
    ),
  );
});

it('gives equal ids one number and other ids another, however many there are', () => {
  const table = new IdTable();
  const ids = Array.from({ length: 5000 }, (_, i) => `c${(i * 7919) % 2500}`);
  const numbers = ids.map((id) => table.intern(Buffer.from(`_${id}_`), 1, id.length + 1));
  expect(table.size).toBe(2500);
  ids.forEach((id, i) => expect(table.textOf(numbers[i] as number)).toBe(id));
  const ordered = Array.from(table.inOrder(), (index) => table.textOf(index));
  expect(ordered).toEqual([...new Set(ids)].sort());
});

it('orders ids by their bytes, however they begin and end', () => {
  const ids = fc.uniqueArray(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '0'), maxLength: 40 }),
      fc.integer({ min: 0, max: 400 }).map((length) => 'a'.repeat(length)),
      fc.integer({ min: 0, max: 9999 }).map((number) => `customer-${number}`),
    ),
    { maxLength: 200, size: 'max' },
  );
  fc.assert(
    fc.property(ids, (texts) => {
      const table = new IdTable();
      texts.forEach((id, index) => expect(table.intern(Buffer.from(id), 0, Buffer.byteLength(id))).toBe(index));
      const ordered = Array.from(table.inOrder(), (index) => table.textOf(index));
      expect(ordered).toEqual(texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
    { numRuns: 30 },
  );
});

it('knows orders by customer and id, long or short, and by day', () => {
  const order = fc.record({
    customer: fc.nat({ max: 3 }),
    id: fc.oneof(fc.constantFrom('1', '12', 'order-000001', 'order-0000001', 'order-0000002'), fc.uuid({ version: 4 })),
    day: fc.option(fc.nat({ max: 3 })),
  });
  fc.assert(
    fc.property(fc.array(order, { maxLength: 3000, size: 'max' }), (orders) => {
      const counts = new OrderCounts();
      const seen = [0, 1, 2, 3].map(() => new Set<string>());
      for (const { customer, id, day } of orders) {
        if (day === null) counts.add(customer, Buffer.from(id), 0, id.length);
        else counts.addDay(customer, day);
        seen[customer]?.add(JSON.stringify(day ?? id));
      }
      expect([...counts.counts(4)]).toEqual(seen.map(({ size }) => size));
    }),
    { numRuns: 20 },
  );
});

const decimal = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.integer({ min: 0, max: 10 ** 9 }),
    fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 17 }),
  )
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`);

it('adds money exactly and rounds at the end, half away from zero', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(decimal, { minLength: 1, maxLength: 30 }), async (amounts) => {
      const { lines } = await read(
        `customer_id,ordered_at,revenue\n${amounts.map((amount) => `a,2025-01-01,${amount}\n`).join('')}`,
      );
      const sums = new ExactSums();
      for (const { revenueMinor, revenueRest } of lines) sums.add(3, revenueMinor as number, revenueRest as number);
      const exact = amounts.reduce((sum, amount) => {
        const [whole = '', fraction = ''] = amount.replace('+', '').split('.');
        return sum + BigInt(`${whole}${fraction.padEnd(17, '0')}`);
      }, 0n);
      const unit = 10n ** 15n;
      const size = exact < 0n ? -exact : exact;
      const rounded = (size * 2n + unit) / (2n * unit);
      expect(BigInt(sums.rounded(3))).toBe(exact < 0n ? -rounded : rounded);
      expect(sums.rounded(2)).toBe(0);
    }),
    { numRuns: 50 },
  );
});
