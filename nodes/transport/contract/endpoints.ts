/** Where the service can call a node of a published workflow. */
import type { IDataObject } from 'n8n-workflow';

export type EndpointKind = 'trigger' | 'wait' | 'commerce';

export interface EndpointStatement extends IDataObject {
  kind: EndpointKind;
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  /** Below n8n's base URL, e.g. `webhook/<webhookId>/journey`. */
  path: string;
  parameters: IDataObject;
  /** Of a Commerce Trigger: the connection whose events it gets. */
  connection?: string;
  /** Of a Commerce Trigger: what it needs of the shop, in the shop's words. */
  topics?: string[];
}
