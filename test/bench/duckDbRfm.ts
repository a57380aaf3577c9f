/** RFM of an orders file by DuckDB, in a process of its own: folder of DuckDB, orders file, day, output file. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rfmSql } from './rfmSql.ts';

interface DuckDb {
  DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<{ run(sql: string): Promise<unknown> }> }> };
}

const [folder = '', orders = '', asOf = '', output = ''] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(join(folder, 'any.js'))('@duckdb/node-api') as DuckDb;
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const columns = `{customer_id: 'VARCHAR', order_id: 'VARCHAR', ordered_at: 'TIMESTAMPTZ', product_id: 'VARCHAR', quantity: 'DOUBLE', revenue: 'DECIMAL(18, 2)'}`;
const lines = `select customer_id, order_id, (ordered_at at time zone 'UTC')::date - date '1970-01-01' as day, quantity,
  cast(revenue * 100 as bigint) as minor from read_csv('${orders}', header = true, columns = ${columns})`;
await connection.run(`copy (${rfmSql(lines, asOf, '//')}) to '${output}' (header)`);
process.exit(0);
