/** Customers on their way through a journey, for tests of sends, waits and segments. */
import type { Insertable } from 'kysely';
import type { SendsTable } from '../../temporal/store/tables/sends.ts';
import { loadSegmentInputs, readSegmentResults, type SegmentInput } from '../../temporal/store/segments.ts';
import type { SegmentCall, SegmentResult } from '../../temporal/workflows/messages.ts';
import { event, minutes, type Answer, type TestService } from './service.ts';

export const WORKFLOW = 'wf1';

export interface Traveller {
  customerId: string;
  runId: string;
}

const rules = (types: string[]) => ({ event: types.map((type) => ({ type })) });

/** Publishes a Journey Trigger as n8n does. */
export async function publishTrigger(
  service: TestService,
  key: string,
  { enters = ['added_to_cart'], exits = ['completed_purchase'], parameters = {} } = {},
): Promise<Answer> {
  return await service.call('PUT', '/v1/endpoints', {
    kind: 'trigger',
    workflowId: WORKFLOW,
    workflowName: 'Cart recovery',
    nodeId: `trigger-${key}`,
    nodeName: 'Cart activity',
    path: `webhook/${key}/journey`,
    parameters: { journeyKey: key, entryEvents: rules(enters), exitEvents: rules(exits), ...parameters },
  });
}

export async function publishWait(service: TestService, nodeId: string): Promise<Answer> {
  return await service.call('PUT', '/v1/endpoints', {
    kind: 'wait',
    workflowId: WORKFLOW,
    workflowName: 'Cart recovery',
    nodeId,
    nodeName: `Wait ${nodeId}`,
    path: `webhook/${nodeId}/journey`,
    parameters: {},
  });
}

/** A customer who may be written to and has just entered the journey. */
export async function enter(
  service: TestService,
  person: string,
  consent: string | null = 'subscribed',
): Promise<Traveller> {
  const statement = consent === null ? {} : { consent: { email: { state: consent, source: 'test' } } };
  const customerId = await service.send(event('added_to_cart', person, minutes(-1), statement));
  const [run] = await service.runs(customerId);
  if (!run) throw new Error(`${person} has not entered`);
  return { customerId, runId: run.id };
}

export const call = (
  { runId }: { runId: string },
  segment = 1,
  outcome: SegmentCall['outcome'] = 'entered',
): SegmentCall => ({
  runId,
  segment,
  outcome,
});

export async function load(service: TestService, ...calls: SegmentCall[]): Promise<SegmentInput[]> {
  return await service.store.transaction((trx) => loadSegmentInputs(trx, calls, service.now));
}

export async function results(service: TestService, ...calls: SegmentCall[]): Promise<SegmentResult[]> {
  return await service.store.transaction((trx) => readSegmentResults(trx, calls, service.now));
}

const HOUR = 3_600_000;

export const waitItem = (
  { runId }: { runId: string },
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  ref: '0',
  runId,
  segment: 1,
  workflowId: WORKFLOW,
  nodeId: 'w1',
  nodeName: 'Wait w1',
  spec: { kind: 'duration', ms: HOUR, restartable: false },
  item: { added: true },
  ...more,
});

export async function wait(service: TestService, ...items: Record<string, unknown>[]): Promise<Answer> {
  return await service.call('POST', '/v1/waits', {
    items: items.map((item, index) => ({ ...item, ref: String(index) })),
  });
}

export const sendItem = (
  traveller: Partial<Traveller>,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  customerId: traveller.customerId,
  channel: 'email',
  category: 'marketing',
  node: 'node-1',
  nodeName: 'First e-mail',
  ...(traveller.runId ? { runId: traveller.runId, segment: 1 } : {}),
  ...more,
});

let past = 0;

/** A marketing e-mail that was delivered at that time (epoch ms). @returns its id */
export async function pastSend(
  { store }: TestService,
  customerId: string,
  at: number,
  more: Partial<Insertable<SendsTable>> = {},
): Promise<string> {
  const id = `snd_past${++past}`;
  await store.db
    .insertInto('sends')
    .values({
      ...{ id, claim_key: `key/${id}`, customer_id: customerId, channel: 'email', category: 'marketing' },
      ...{ journey_key: null, run_id: null, segment: null, node: 'node-0', node_name: 'Newsletter', decision: 'send' },
      ...{ reasons_json: '[]', until: null, address: null, status: 'delivered', started_by: null, provider: null },
      ...{ provider_message_id: null, error: null, permanent: null },
      ...{ created_at: at, updated_at: at, started_at: at, ...more },
    })
    .execute();
  return id;
}

export async function authorize(service: TestService, ...items: Record<string, unknown>[]): Promise<Answer['body'][]> {
  const { status, body } = await service.call('POST', '/v1/sends/authorize', {
    items: items.map((item, index) => ({ ref: String(index), ...item })),
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return (body as { items: Answer['body'][] }).items;
}

/** No gaps and caps: customers of a test may get several messages at the same moment. */
export const UNLIMITED = { gaps: { email: null, sms: null, whatsapp: null, push: null }, caps: [] };

export async function setPolicy(service: TestService, policy: object): Promise<void> {
  const { status, body } = await service.call('PUT', '/v1/policy', policy);
  if (status !== 200) throw new Error(JSON.stringify(body));
}
