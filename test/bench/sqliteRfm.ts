/** RFM by plain SQL on SQLite, in a process of its own: orders file, day, database file. Prints what the query alone took. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { rfmSql } from './rfmSql.ts';

const [orders = '', asOf = '', file = ''] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000;');
database.exec('create table lines (customer_id text, order_id text, day integer, quantity real, minor integer)');
database.exec('begin');
const insert = database.prepare('insert into lines values (?, ?, ?, ?, ?)');
let isHeader = true;
for await (const line of createInterface({ input: createReadStream(orders) })) {
  const [customer = '', order = '', at = '', , quantity = '', revenue = ''] = line.split(',');
  const minor = Math.round(Number(revenue) * 100);
  if (!isHeader) insert.run(customer, order, Math.floor(Date.parse(at) / 86_400_000), Number(quantity), minor);
  isHeader = false;
}
database.exec('commit');
const begun = performance.now();
let rows = 0;
for (const row of database.prepare(rfmSql('select * from lines', asOf, '/')).iterate()) rows += row.r === null ? 0 : 1;
console.log(JSON.stringify({ seconds: (performance.now() - begun) / 1000, rows }));
