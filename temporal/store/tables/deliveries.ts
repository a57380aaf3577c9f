/** What is published in n8n, and the events that its Commerce Triggers have still to get. */
import type { Generated } from 'kysely';

/** A node of a published n8n workflow that the service can call. */
export interface EndpointsTable {
  /** `<n8n workflow id>/<node id>`. */
  id: string;
  kind: 'trigger' | 'wait' | 'commerce';
  n8n_workflow_id: string;
  n8n_workflow_name: string;
  node_id: string;
  node_name: string;
  /** Webhook path below `N8N_BASE_URL`, e.g. `webhook/<id>/journey`. */
  path: string;
  /** The journey a trigger defines; null for waits. */
  journey_key: string | null;
  /** The node's parameters as n8n keeps them. */
  parameters_json: string;
  /** 0 = unpublished or deleted: its customers are held. */
  published: number;
  updated_at: number;
  /** Of a Commerce Trigger: the connection whose events it gets; null until the node has said which. */
  connection: Generated<string | null>;
  /** Of a Commerce Trigger: JSON list of the topics that it needs of the shop. */
  topics_json: Generated<string | null>;
}

/** An event that a Commerce Trigger has still to get; the row is deleted once n8n has run the execution to its end. */
export interface EventDeliveriesTable {
  id: Generated<number>;
  endpoint_id: string;
  source: string;
  event_id: string;
  customer_id: string;
  attempts: number;
  /** 0: never tried. Else not before (epoch ms): the execution with this very event has failed. */
  available_at: number;
  created_at: number;
}

/** One for each Commerce Trigger: who delivers to it now, what is wrong with it, and when its shop is looked at next. */
export interface DeliveryLanesTable {
  endpoint_id: string;
  /** A process of the service; the lease makes it the only one that calls this endpoint. */
  leased_by: string | null;
  leased_until: number;
  /** Not before (epoch ms): n8n was away, or the like. */
  retry_at: number;
  /** In a row. */
  failures: number;
  /** Sentence for the operator. */
  problem: string | null;
  delivered_at: number | null;
  check_due_at: number;
  checked_at: number | null;
  /** What the node answered when it last looked at its shop's webhooks. */
  check_json: string | null;
}
