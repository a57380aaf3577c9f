/** A store with all that the jobs learn from: orders with their lines (`scoresStore.ts`), and some visits and messages of everybody. */
import { DatabaseSync } from 'node:sqlite';
import { fillStore } from './scoresStore.ts';

const DAY_MS = 86_400_000;
/** Of each kind, of each customer. */
const EACH = 3;
/** Days between two of them. */
const APART = 20;

/** @param today the day after the file's last */
export async function fillHistory(location: string, ordersFile: string, today: Date): Promise<void> {
  await fillStore(location, ordersFile, today.toISOString().slice(0, 10), { keptDays: Infinity, withLines: true });
  const db = new DatabaseSync(location);
  db.exec('pragma synchronous = off; begin');
  const before = today.getTime();
  for (let index = 1; index <= EACH; index++) {
    // Spread over the day by the customer's place, so that they differ in their hours.
    const at = `${before - index * APART * DAY_MS} + (rowid * 7919 % 1440) * 60000`;
    db.exec(`insert into events (source, id, type, customer_id, occurred_at, received_at, identity_json, properties_json, test, repeats_order)
      select 'bench', 'seen-${index}-' || id, 'viewed_product', id, ${at}, ${at}, '{}',
        '{"items":[{"productId":"p' || (rowid * ${index} % 5000) || '","category":"c' || (rowid * ${index} % 40) || '"}]}', 0, 0
      from customers`);
    db.exec(`insert into sends (id, claim_key, customer_id, channel, category, node, node_name, decision, reasons_json, status,
        created_at, updated_at, delivered_at, opened_at, clicked_at)
      select 'snd_${index}_' || id, 'bench-${index}-' || id, id, case when rowid % 4 = 0 then 'sms' else 'email' end, 'marketing',
        'n', 'Send', 'send', '[]', 'delivered', ${at}, ${at}, ${at}, case when rowid % 3 <> 0 then ${at} end,
        case when rowid % 7 = 0 then ${at} end from customers`);
  }
  db.exec('commit; pragma wal_checkpoint(truncate)');
  db.close();
}
