/** Messages: what was decided, and what became of each. */
import type { Generated, Selectable } from 'kysely';
import type { Channel } from '../../domain/event.ts';
import type { SendStatus } from '../../domain/sendStatus.ts';

export interface SendsTable {
  id: string;
  /** `run/segment/node` or the caller's key: unique. */
  claim_key: string;
  customer_id: string;
  channel: Channel;
  category: 'marketing' | 'transactional';
  journey_key: string | null;
  run_id: string | null;
  segment: number | null;
  /** Id of the n8n node: it stays when the node is renamed. */
  node: string;
  /** The node's name as the operator knows it. */
  node_name: string;
  decision: 'send' | 'suppress' | 'defer';
  reasons_json: string;
  until: number | null;
  address: string | null;
  status: SendStatus | null;
  /** Who said `started`, so that the same caller may say it again and another may not. */
  started_by: string | null;
  provider_message_id: string | null;
  error: string | null;
  permanent: number | null;
  created_at: number;
  updated_at: number;
  /** Whose it was before a merge, for taking the merge back. */
  origin_id: Generated<string | null>;
}

export type SendRow = Omit<Selectable<SendsTable>, 'origin_id'>;
