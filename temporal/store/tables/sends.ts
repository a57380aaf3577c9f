/** Messages: what was decided, and what became of each. */
import type { Generated, Selectable } from 'kysely';
import type { Channel } from '../../domain/event.ts';
import type { GateDecision, SendCategory } from '../../domain/gate/sendGate.ts';
import type { SendStatus } from '../../domain/sendStatus.ts';

export interface SendsTable {
  id: string;
  /** `run/segment/node` or the caller's key: unique. Of a key used once more: `again/customer/key`. */
  claim_key: string;
  customer_id: string;
  channel: Channel;
  category: SendCategory;
  journey_key: string | null;
  run_id: string | null;
  segment: number | null;
  /** Id of the n8n node: it stays when the node is renamed. */
  node: string;
  /** The node's name as the operator knows it. */
  node_name: string;
  decision: GateDecision['decision'];
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
  /** How it went out: `smtp`, `sendgrid`, …; null: the caller did not say. */
  provider: string | null;
  /** When the last attempt began, epoch ms, like the times that follow; of one that is given out again, the first. */
  started_at: number | null;
  /** 1: started, not heard of since, and given out once more: whoever says `started` next has it. */
  given_again: Generated<number>;
  delivered_at: Generated<number | null>;
  /** First opening by a person. */
  opened_at: Generated<number | null>;
  /** First opening by a machine: a mail program's proxy that loads all images, a scanner. It says nothing about the person. */
  machine_opened_at: Generated<number | null>;
  clicked_at: Generated<number | null>;
  bounced_at: Generated<number | null>;
  bounce_type: Generated<'hard' | 'soft' | null>;
  complained_at: Generated<number | null>;
  unsubscribed_at: Generated<number | null>;
  /** The provider gave it up, for a reason that is not the recipient's. */
  failed_at: Generated<number | null>;
}

/** The policy as a whole; at most one row, of id 1. */
export interface PolicyTable {
  id: number;
  /** Policy of `domain/gate/policy.ts`. */
  policy_json: string;
  updated_at: number;
}

/** What became of it after it had been sent: of the provider's telling, not of the claim. */
type ToldColumn =
  | 'delivered_at'
  | 'opened_at'
  | 'machine_opened_at'
  | 'clicked_at'
  | 'bounced_at'
  | 'bounce_type'
  | 'complained_at'
  | 'unsubscribed_at'
  | 'failed_at';

/** A claim. */
export type SendRow = Omit<Selectable<SendsTable>, 'origin_id' | 'given_again' | ToldColumn>;
export type ToldRow = Pick<Selectable<SendsTable>, ToldColumn>;
