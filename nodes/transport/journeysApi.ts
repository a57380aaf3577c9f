/** The one client of the journeys service for all nodes: what they ask it. */
import type { IDataObject } from 'n8n-workflow';
import type { AuthorizeAnswer, AuthorizeItem, PolicyAnswer, SendReport, StartedAnswer } from './contract/sends.ts';
import type { CommerceListener, ConnectionChange, ConnectionRecord } from './contract/connections.ts';
import type {
  CustomerAnswer,
  CustomerIdentity,
  CustomerRecord,
  OptInAnswer,
  OptInAsk,
  EventsAnswer,
  HistoryItem,
  OrdersAnswer,
} from './contract/customers.ts';
import type { EndpointStatement } from './contract/endpoints.ts';
import type {
  EnrolAnswer,
  EnrolItem,
  ExitAnswer,
  ExitItem,
  JourneyStateAnswer,
  JourneySummary,
  RunRecord,
  RunsAnswer,
  RunsItem,
} from './contract/journeys.ts';
import type { ExperimentSplit, ExposureAnswer, ExposureItem } from './contract/experiments.ts';
import type { OfferAnswer, OfferItem } from './contract/offers.ts';
import type { AlternativesAnswer, AlternativesItem, ProductAnswer } from './contract/products.ts';
import type { WaitAnswer, WaitRegistration } from './contract/waits.ts';
import { ScoreCalls } from './scoreCalls.ts';
import { BATCH_ITEMS, type Problem } from './serviceCalls.ts';

/** Most items in one call whose answers are lists. */
const LONG_ANSWERS = 100;

/** @throws NodeApiError, with what happened and the way out */
export class JourneysApi extends ScoreCalls {
  async publishEndpoint(endpoint: EndpointStatement): Promise<void> {
    await this.request('PUT', '/v1/endpoints', endpoint);
  }

  async removeEndpoint(workflowId: string, nodeId: string): Promise<void> {
    await this.request('DELETE', `/v1/endpoints/${encodeURIComponent(workflowId)}/${encodeURIComponent(nodeId)}`);
  }

  /** The service posts one sample item to `url` shortly after its answer. */
  async requestSample(url: string, nodeName: string, parameters: object, more: IDataObject = {}): Promise<void> {
    await this.request('POST', '/v1/endpoints/test', { url, nodeName, parameters, ...more });
  }

  /** @returns where the shop sends to */
  async putConnection(name: string, change: ConnectionChange): Promise<string> {
    const path = `/v1/connections/${encodeURIComponent(name)}`;
    return ((await this.request('PUT', path, change)) as { webhookUrl: string }).webhookUrl;
  }

  /** @returns null when there is no such connection */
  async connection(name: string): Promise<ConnectionRecord | null> {
    const { items } = (await this.request('GET', '/v1/connections')) as { items: ConnectionRecord[] };
    return items.find((connection) => connection.name === name) ?? null;
  }

  /** Who listens to a connection. */
  async commerceTriggers(connection: string): Promise<CommerceListener[]> {
    const path = `/v1/endpoints?connection=${encodeURIComponent(connection)}`;
    return ((await this.request('GET', path)) as { items: CommerceListener[] }).items;
  }

  async registerWaits(items: WaitRegistration[]): Promise<WaitAnswer[]> {
    return await this.batched<WaitRegistration, WaitAnswer>('/v1/waits', items);
  }

  async checkOffers(items: OfferItem[]): Promise<OfferAnswer[]> {
    return await this.batched('/v1/offers/check', items);
  }

  /** Puts customers into arms. */
  async exposeCustomers(split: ExperimentSplit, items: ExposureItem[]): Promise<ExposureAnswer[]> {
    const { key, ...fields } = split;
    return await this.batched(`/v1/experiments/${encodeURIComponent(key)}/exposures`, items, BATCH_ITEMS, fields);
  }

  async lookUpCustomers(items: Array<{ ref: string } & CustomerIdentity>): Promise<CustomerAnswer[]> {
    return await this.batched('/v1/customers/lookup', items);
  }

  async upsertCustomers(
    items: Array<{ ref: string; identity: CustomerIdentity; properties?: IDataObject; consent?: IDataObject }>,
  ): Promise<CustomerAnswer[]> {
    return await this.batched('/v1/customers/upsert', items);
  }

  async setConsents(
    items: Array<{ ref: string; customerId: string; channel: string; state: string; source: string; at?: string }>,
  ): Promise<CustomerAnswer[]> {
    return await this.batched('/v1/customers/consent', items);
  }

  async markDisengaged(
    items: Array<{ ref: string; customerId: string; channel: string; source: string }>,
  ): Promise<CustomerAnswer[]> {
    return await this.batched('/v1/customers/suppression', items);
  }

  async requestOptIns(items: Array<OptInAsk & { ref: string }>): Promise<OptInAnswer[]> {
    return await this.batched('/v1/customers/consent/requests', items);
  }

  async journeys(): Promise<JourneySummary[]> {
    return (await this.request('GET', '/v1/journeys')) as JourneySummary[];
  }

  async setJourneyState(key: string, state: 'active' | 'paused'): Promise<Omit<JourneyStateAnswer, 'ref'>> {
    const path = `/v1/journeys/${encodeURIComponent(key)}/${state === 'paused' ? 'pause' : 'resume'}`;
    const { status, body } = await this.answer('POST', path);
    if (status < 300) return { journey: body as IDataObject };
    const { detail = 'There is no such journey' } = body as Problem;
    return { journey: null, error: { path: '/journey', message: detail } };
  }

  async enrol(journey: string, items: EnrolItem[]): Promise<EnrolAnswer[]> {
    return await this.batched(`/v1/journeys/${encodeURIComponent(journey)}/runs/batch`, items);
  }

  async exitRuns(items: ExitItem[]): Promise<ExitAnswer[]> {
    return await this.batched('/v1/runs/exit', items);
  }

  async lookUpRuns(items: RunsItem[]): Promise<RunsAnswer[]> {
    return await this.batched('/v1/runs/lookup', items, LONG_ANSWERS);
  }

  /** Runs of everybody, newest first. @param limit null: all */
  async listRuns(filter: { journey?: string; status?: string }, limit: number | null): Promise<RunRecord[]> {
    return await this.pages<RunRecord>('/v1/runs', filter, limit);
  }

  /** @param limit null: all */
  async searchCustomers(text: string, limit: number | null): Promise<IDataObject[]> {
    return await this.pages<IDataObject>('/v1/customers/search', { q: text }, limit);
  }

  async lookUpEvents(items: HistoryItem[]): Promise<EventsAnswer[]> {
    return await this.batched('/v1/customers/events/lookup', items, LONG_ANSWERS);
  }

  async lookUpOrders(items: HistoryItem[]): Promise<OrdersAnswer[]> {
    return await this.batched('/v1/customers/orders/lookup', items, LONG_ANSWERS);
  }

  async lookUpProducts(items: Array<{ ref: string; productId: string }>): Promise<ProductAnswer[]> {
    return await this.batched('/v1/products/lookup', items);
  }

  async findAlternatives(items: AlternativesItem[]): Promise<AlternativesAnswer[]> {
    return await this.batched('/v1/products/alternatives', items, LONG_ANSWERS);
  }

  /** Two ids of one customer already are no error: the call may have been made before. */
  async mergeCustomers(customerId: string, mergedId: string): Promise<Omit<CustomerAnswer, 'ref'>> {
    const path = `/v1/customers/${encodeURIComponent(customerId)}/merge`;
    const { status, body } = await this.answer('POST', path, { mergedId });
    if (status < 300) return { customer: body as CustomerRecord };
    const [found] = await this.lookUpCustomers([{ ref: '0', customerId }]);
    if (status === 409) return { customer: found?.customer ?? null };
    const { detail, errors } = body as Problem;
    return { customer: null, error: { path: errors?.[0]?.path ?? '', message: detail ?? 'There is no such customer' } };
  }

  async authorizeSends(items: AuthorizeItem[]): Promise<AuthorizeAnswer[]> {
    return await this.batched('/v1/sends/authorize', items);
  }

  /** @param by who sends: the same one may say it again, another one is refused */
  async startSends(sendIds: string[], by: string): Promise<StartedAnswer> {
    return (await this.request('POST', '/v1/sends/started', { sendIds, by })) as StartedAnswer;
  }

  async reportSends(items: SendReport[]): Promise<void> {
    await this.request('POST', '/v1/sends/report', { items });
  }

  async policy(): Promise<IDataObject> {
    return (await this.request('GET', '/v1/policy')) as IDataObject;
  }

  /** The whole policy. @returns it as it is now, or what is wrong with it: then nothing has changed */
  async putPolicy(policy: IDataObject): Promise<Omit<PolicyAnswer, 'ref'>> {
    const { status, body } = await this.answer('PUT', '/v1/policy', policy, [400]);
    if (status < 300) return { policy: body as IDataObject };
    const { detail = 'The policy cannot be written.', errors = [] } = body as Problem;
    const [first] = errors;
    const message = errors.map((error) => `${error.path} ${error.message}`).join('; ') || detail;
    return { policy: {}, error: { path: first?.path ?? '', message: `The policy was not changed: ${message}` } };
  }
}
