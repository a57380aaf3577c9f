/** What the nodes and the journeys service say to each other over HTTP (CONTRACT section 3 and the nodes' own routes). Types only. */
import type { WaitSpec } from '../../temporal/domain/journey.ts';
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

export interface ItemError {
  path: string;
  message: string;
}

export interface WaitRegistration {
  ref: string;
  runId: string;
  segment: number;
  workflowId: string;
  nodeId: string;
  nodeName: string;
  spec: WaitSpec;
  /** What travels with the customer over the wait. */
  item: IDataObject;
}

export interface WaitAnswer {
  ref: string;
  until: string | number | null;
  error?: ItemError;
}

export type CustomerIdentity = Partial<Record<'customerId' | 'email' | 'phone' | 'externalId' | 'deviceId', string>>;

export interface CustomerRecord extends IDataObject {
  id: string;
  identifiers: Array<{ kind: string; value: string }>;
  properties: IDataObject;
}

export interface CustomerAnswer {
  ref: string;
  customer: CustomerRecord | null;
  error?: ItemError;
}

/** Double opt-in: a customer is to confirm that they want messages. */
export interface OptInAsk {
  customerId: string;
  channel: string;
  source: string;
  /** ISO 8601. */
  expiresIn: string;
  /** The same key is the same request. */
  key: string;
}

export interface OptInAnswer {
  ref: string;
  request: { id: string; confirmUrl: string; expiresAt: string } | null;
  error?: ItemError;
}

export interface JourneySummary {
  key: string;
  name: string;
  state: 'active' | 'paused' | 'unpublished';
}

/** How a journey is after it was paused or resumed. */
export interface JourneyStateAnswer {
  ref: string;
  journey: IDataObject | null;
  error?: ItemError;
}

export interface EnrolItem {
  ref: string;
  identity: CustomerIdentity;
  properties?: IDataObject;
  /** The same again means the same run. */
  key: string;
}

export interface EnrolAnswer {
  ref: string;
  runId: string | null;
  customerId: string | null;
  /** Why the customer did not enter: a word, and a sentence. */
  reason: string | null;
  message: string | null;
  error?: ItemError;
}

export interface ExitItem {
  ref: string;
  customerId: string;
  journey?: string;
  reason?: string;
  exceptRunId?: string;
}

export interface ExitAnswer {
  ref: string;
  exited: Array<{ runId: string; journey: string }>;
  error?: ItemError;
}

export interface RunRecord extends IDataObject {
  id: string;
  journey: string;
  customerId: string;
  status: string;
}

export interface RunsItem {
  ref: string;
  customerId: string;
  journey?: string;
  status?: string;
  limit: number;
}

export interface RunsAnswer {
  ref: string;
  runs: RunRecord[];
  error?: ItemError;
}

export interface HistoryItem {
  ref: string;
  customerId: string;
  limit: number;
  types?: string[];
}

export interface EventsAnswer {
  ref: string;
  events: IDataObject[];
  error?: ItemError;
}

export interface OrdersAnswer {
  ref: string;
  orders: IDataObject[];
  error?: ItemError;
}

export interface ProductAnswer {
  ref: string;
  product: IDataObject | null;
}

export type Channel = 'email' | 'sms' | 'whatsapp' | 'push';

/** Liquid sources; which of them a channel uses is its own matter. */
export interface MessageSource {
  subject?: string;
  /** The line that inboxes show beside the subject. */
  preheader?: string;
  html?: string;
  /** Instead of `html`. */
  mjml?: string;
  text?: string;
  /** Further texts by name, such as the title of a push message or the parameters of a WhatsApp template. */
  fields?: Record<string, string>;
  /** What stands for the above in the customer's language, by language. */
  translations?: Record<string, Omit<MessageSource, 'translations'>>;
}

/** Of e-mail; what is left out is as the service's settings say. */
export interface MessageTracking {
  opens?: boolean;
  clicks?: boolean;
  /** Added to links into the shop; false: none. Values are Liquid. */
  utm?: false | Partial<Record<'source' | 'medium' | 'campaign' | 'content' | 'term', string>>;
}

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
  fields?: Record<string, string>;
  /** To be sent with an e-mail: the way to unsubscribe (RFC 8058). */
  headers?: Record<string, string>;
}

export type SendCategory = 'marketing' | 'transactional';

export interface AuthorizeItem {
  ref: string;
  customerId: string;
  channel: Channel;
  category: SendCategory;
  /** Id of the node, part of the claim; the name is for the operator. */
  node: string;
  nodeName: string;
  runId?: string;
  segment?: number;
  key?: string;
  address?: string;
  dryRun?: boolean;
  /** Of WhatsApp: free text, only within 24 hours after the customer's last message. */
  freeForm?: boolean;
  provider?: string;
  /** The provider takes an idempotency key, or can be asked afterwards. */
  repeatable?: boolean;
  track?: 'general' | 'product_news' | 'local_events';
  productIds?: string[];
  /** Liquid sources, and the item they are rendered over. */
  message?: MessageSource & { data: IDataObject; tracking?: MessageTracking };
}

/** As `/v1/policy` has it. */
export interface PolicyAnswer {
  ref: string;
  policy: IDataObject;
  error?: ItemError;
}

export type SendDecision = 'send' | 'suppress' | 'defer';

export interface AuthorizeAnswer {
  ref: string;
  sendId: string | null;
  decision: SendDecision;
  reasons: string[];
  until?: string | null;
  address?: string | null;
  /** This run, segment and node has sent before: nothing is sent, the item goes where it went. */
  replayed?: boolean;
  /** Started before and not heard of since; given out once more, for the request was `repeatable`. */
  resumed?: boolean;
  /** With `resumed`: when it was first started. */
  startedAt?: string;
  status?: string | null;
  message?: RenderedMessage;
  /** Of WhatsApp: until when free text may be sent (RFC 3339); null: only an approved template. */
  freeFormUntil?: string | null;
  error?: ItemError;
}

export interface StartedAnswer {
  started: string[];
  /**
   * Status `void` (claimed too long ago) and `paused`: not sent, ask the gate again. `suppressed`, with reasons: not wanted any
   * more since it was let out.
   */
  refused: Array<{ sendId: string; status: string | null; reasons?: string[] }>;
}

/** What a provider says of the recipient, for good: there is no such address, or the person has opted out there. */
export type RecipientVerdict = 'invalid' | 'opted_out';

export interface SendReport {
  sendId: string;
  outcome: 'sent' | 'failed' | 'unknown';
  permanent?: boolean;
  providerMessageId?: string;
  error?: string;
  recipient?: RecipientVerdict;
}
