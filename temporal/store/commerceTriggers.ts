/** The Commerce Triggers that n8n has published, and which events each of them wants. */
import { sql } from 'kysely';
import { readCommerceTrigger, type ShopCheck, type ShopSubscription } from '../domain/commerceTrigger.ts';
import { isoTime } from '../domain/textValues.ts';
import type { Queryable } from './store.ts';

export interface CommerceTrigger {
  endpointId: string;
  connection: string;
  subscription: ShopSubscription;
}

/**
 * When a node is changed, n8n takes it away and puts it back, with calls to the shop in between: what comes in so shortly
 * after an endpoint has gone is kept for it.
 */
const GONE_FOR_MS = 5 * 60_000;

/** One of these for each process: it reads a node's parameters again only when their text has changed, whoever changed it. */
export class CommerceTriggerReader {
  readonly #parsed = new Map<string, { text: string; subscription: ShopSubscription }>();

  /** Those that get events now. @param now epoch ms */
  async all(db: Queryable, now: number): Promise<CommerceTrigger[]> {
    const { rows } = await sql<{ id: string; connection: string; parameters_json: string }>`
      select id, connection, parameters_json from endpoints
      where kind = 'commerce' and connection is not null and (published = 1 or updated_at > ${now - GONE_FOR_MS})
      order by id`.execute(db);
    return rows.map(({ id, connection, parameters_json: text }) => ({
      endpointId: id,
      connection,
      subscription: this.#subscription(id, text),
    }));
  }

  #subscription(id: string, text: string): ShopSubscription {
    let parsed = this.#parsed.get(id);
    if (parsed?.text !== text) {
      const { subscription } = readCommerceTrigger(JSON.parse(text) as Record<string, unknown>);
      parsed = { text, subscription };
      this.#parsed.set(id, parsed);
    }
    return parsed.subscription;
  }
}

export interface PublishedTrigger {
  id: string;
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  connection: string | null;
  /** What it needs of the shop, in the shop's words. */
  topics: string[];
  /** Its last look at the shop since it was published. */
  check: (Pick<ShopCheck, 'kept' | 'created' | 'reactivated' | 'removed' | 'problems'> & { checkedAt: string }) | null;
}

/** @param connection only of this one; all when left out */
export async function listCommerceTriggers(db: Queryable, connection?: string): Promise<PublishedTrigger[]> {
  let query = db
    .selectFrom('endpoints as e')
    .leftJoin('delivery_lanes as l', 'l.endpoint_id', 'e.id')
    .select(['e.id', 'e.n8n_workflow_id', 'e.n8n_workflow_name', 'e.node_id', 'e.node_name', 'e.connection'])
    .select(['e.topics_json', 'l.checked_at', 'l.check_json'])
    .where('e.kind', '=', 'commerce')
    .where('e.published', '=', 1);
  if (connection !== undefined) query = query.where('e.connection', '=', connection);
  const rows = await query.orderBy('e.id').execute();
  return rows.map((row) => ({
    id: row.id,
    workflowId: row.n8n_workflow_id,
    workflowName: row.n8n_workflow_name,
    nodeId: row.node_id,
    nodeName: row.node_name,
    connection: row.connection,
    topics: row.topics_json === null ? [] : (JSON.parse(row.topics_json) as string[]),
    check: checkOf(row.check_json, row.checked_at),
  }));
}

function checkOf(json: string | null, checkedAt: number | null): PublishedTrigger['check'] {
  if (json === null || checkedAt === null) return null;
  const { kept, created, reactivated, removed, problems } = JSON.parse(json) as ShopCheck;
  return { checkedAt: isoTime(checkedAt), kept, created, reactivated, removed, problems };
}
