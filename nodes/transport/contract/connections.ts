/** Connections of shops, and the Commerce Triggers that listen to them. */
import type { IDataObject } from 'n8n-workflow';

/** A published Commerce Trigger. */
export interface CommerceListener {
  workflowId: string;
  nodeId: string;
  topics: string[];
}

export interface ConnectionRecord {
  name: string;
  kind: string;
  /** Where the shop sends to. */
  webhookUrl: string;
}

export interface ConnectionChange extends IDataObject {
  kind?: string;
  secret?: string;
  currency?: string;
}
