/** One shopper, one cart and one run, as they appear in every example of the API description. */
import { scoresExample } from './customerScoreSchemas.ts';

const AT = '2026-11-22T10:00:00.000Z';
export const CUSTOMER_ID = 'cus_01KAP4V8Q2M7XJ3T';
export const RUN_ID = 'run_01KAP4V9C5H1ZN8B';
export const SEND_ID = 'snd_01KAP5F2T6R4WK9D';
export const WAIT_NODE = 'Wait 90 Minutes';
const WORKFLOW_ID = `journey/cart-recovery/${CUSTOMER_ID}`;

export const eventExample = {
  id: 'cart-1-added',
  type: 'added_to_cart',
  occurredAt: AT,
  source: 'shop',
  identity: { email: 'ada@example.com', externalId: '42', deviceId: 'd-7f3a' },
  properties: {
    currency: 'EUR',
    value: '84.00',
    cartId: 'cart-1',
    url: 'https://shop.example.com/cart',
    items: [{ productId: 'p1', name: 'Trail shoe', category: 'shoes', quantity: 2, price: '42.00' }],
    campaign: { source: 'newsletter', medium: 'email', name: 'autumn' },
  },
  consent: { email: { state: 'subscribed', source: 'checkout' } },
};

export const storedEventExample = {
  id: eventExample.id,
  type: eventExample.type,
  source: 'shop',
  occurredAt: AT,
  receivedAt: '2026-11-22T10:00:01.250Z',
  identity: eventExample.identity,
  properties: {
    currency: 'EUR',
    valueMinor: 8400,
    cartId: 'cart-1',
    items: [{ productId: 'p1', name: 'Trail shoe', category: 'shoes', quantity: 2, priceMinor: 4200 }],
  },
  test: false,
};

const never = { state: 'never', source: null, at: null };

export const customerExample = {
  id: CUSTOMER_ID,
  identifiers: [
    { kind: 'email', value: 'ada@example.com' },
    { kind: 'externalId', value: '42' },
  ],
  properties: { firstName: 'Ada', language: 'en' },
  consent: { email: { state: 'subscribed', source: 'checkout', at: AT }, sms: never, whatsapp: never, push: never },
  preferences: { tracks: [] },
  suppression: [],
  totals: {
    orders: 2,
    refunds: 1,
    revenueMinor: 15900,
    currency: 'EUR',
    firstOrderAt: '2026-08-03T09:12:00.000Z',
    lastOrderAt: '2026-10-17T18:40:00.000Z',
    averageOrderMinor: 7950,
    offlineOrders: 1,
    lastOfflineOrderAt: '2026-08-03T09:12:00.000Z',
  },
  engagement: {
    lastTwoEngaged: false,
    suppressRetargeting: false,
    lastOpenedAt: '2026-10-20T07:31:00.000Z',
    lastClickedAt: null,
    lastMessages: [
      { sendId: 'snd_01KAP5F2T6R4WK9E', channel: 'email', at: '2026-11-02T07:00:00.000Z', engaged: false },
      { sendId: 'snd_01KAP5F2T6R4WK9F', channel: 'email', at: '2026-10-20T07:00:00.000Z', engaged: true },
    ],
  },
  scores: scoresExample,
  mergedFrom: [],
};

export const foundCustomerExample = {
  id: CUSTOMER_ID,
  email: 'ada@example.com',
  phone: '+436601234567',
  externalId: '42',
  firstName: 'Ada',
  lastName: 'Example',
  totals: { orders: 2, revenueMinor: 15900, currency: 'EUR', lastOrderAt: '2026-10-17T18:40:00.000Z' },
  createdAt: '2026-08-03T09:12:00.000Z',
};

export const upsertExample = {
  identity: { email: 'ada@example.com', externalId: '42' },
  properties: { firstName: 'Ada', language: 'en' },
  consent: { email: { state: 'subscribed', source: 'footer form', at: AT } },
};

export const disengagedExample = { channel: 'email', source: 'win-back' };

export const consentExample = { channel: 'email', state: 'unsubscribed', source: 'phone call', at: AT };

export const journeyExample = {
  key: 'cart-recovery',
  name: 'Cart recovery',
  state: 'active',
  entered: 1240,
  active: 87,
  completed: 902,
  exited: 251,
  failed: 0,
};

export const runExample = {
  id: RUN_ID,
  workflowId: WORKFLOW_ID,
  journey: 'cart-recovery',
  customerId: CUSTOMER_ID,
  status: 'running',
  step: WAIT_NODE,
  waitingUntil: '2026-11-22T11:30:00.000Z',
  exitReason: null,
  held: false,
  enteredAt: AT,
  endedAt: null,
  steps: [{ node: WAIT_NODE, outcome: 'waiting', at: AT }],
};

export const sendExample = {
  id: SEND_ID,
  customerId: CUSTOMER_ID,
  channel: 'email',
  category: 'marketing',
  journey: 'cart-recovery',
  runId: RUN_ID,
  segment: 2,
  node: '0b9c3f7e-5c1d-4a55-9d55-2f6a1c1f0d11',
  nodeName: 'Send First Reminder',
  decision: 'send',
  reasons: [],
  until: null,
  address: 'ada@example.com',
  status: 'delivered',
  provider: 'smtp',
  providerMessageId: 'snd_01KAP5F2T6R4WK9D@shop.example.com',
  error: null,
  at: '2026-11-22T11:30:02.000Z',
  startedAt: '2026-11-22T11:30:02.000Z',
  deliveredAt: '2026-11-22T11:30:04.000Z',
  openedAt: '2026-11-22T12:10:00.000Z',
  machineOpenedAt: null,
  clickedAt: null,
  bouncedAt: null,
  bounceType: null,
  complainedAt: null,
  unsubscribedAt: null,
};

export const authorizeExample = {
  ref: 0,
  customerId: CUSTOMER_ID,
  channel: 'email',
  category: 'marketing',
  node: sendExample.node,
  nodeName: sendExample.nodeName,
  runId: RUN_ID,
  segment: 2,
  message: {
    subject: 'Your {{ item.name }}',
    html: '<p>Hello {{ customer.firstName | default: "there" }}</p>',
    data: { customer: { firstName: 'Ada' }, item: { name: 'Trail shoe' } },
  },
};

export const authorizedExample = {
  ref: 0,
  sendId: SEND_ID,
  decision: 'send',
  reasons: [],
  until: null,
  address: 'ada@example.com',
  status: 'claimed',
  message: { subject: 'Your Trail shoe', html: '<p>Hello Ada</p>', text: 'Hello Ada' },
};

export const previewExample = {
  channel: 'email',
  message: {
    subject: 'Your {{ run.entry.properties.items[0].name }}',
    preheader: 'Still there for you',
    html: '<p>Hello {{ customer.firstName | default: "there" }}</p>',
    translations: { de: { subject: 'Ihr {{ run.entry.properties.items[0].name }}', preheader: 'Noch da' } },
    tracking: { utm: { campaign: 'autumn' } },
  },
};

export const previewedExample = {
  message: {
    subject: 'Your Trail shoe',
    html: '<!doctype html><html>…<p>Hello Ada</p>…</html>',
    text: 'Hello Ada\n\nUnsubscribe: https://journeys.example.com/u/…',
    headers: {
      'List-Unsubscribe': '<https://journeys.example.com/u/…>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  },
  problems: [],
};

export const endpointExample = {
  kind: 'wait',
  workflowId: 'Yb3kQ9sW2nLx7dTf',
  workflowName: 'Cart recovery',
  nodeId: '5b1f0e0a-2f0c-4d6e-9a55-0c4f4f2f9f10',
  nodeName: WAIT_NODE,
  path: 'webhook/5b1f0e0a-2f0c-4d6e-9a55-0c4f4f2f9f10/journey',
  parameters: { amount: 90, unit: 'minutes' },
};

export const commerceTriggersExample = {
  items: [
    {
      id: 'shopIntake000001/5d0c7a1e-4b1f-4c55-8b0e-2f6d1c9a3e01',
      workflowId: 'shopIntake000001',
      workflowName: 'Shop Intake',
      nodeId: '5d0c7a1e-4b1f-4c55-8b0e-2f6d1c9a3e01',
      nodeName: 'Shop Events',
      connection: 'main-shop',
      topics: ['ORDERS_CREATE', 'REFUNDS_CREATE'],
      check: {
        checkedAt: AT,
        kept: 1,
        created: ['REFUNDS_CREATE'],
        reactivated: [],
        removed: [],
        problems: [],
      },
    },
  ],
  nextCursor: null,
};

export const testCallExample = {
  url: 'http://127.0.0.1:5678/webhook-test/5b1f0e0a-2f0c-4d6e-9a55-0c4f4f2f9f10/journey',
  nodeName: 'Journey Trigger',
  parameters: { journeyKey: 'cart-recovery' },
};

export const waitExample = {
  ref: 0,
  runId: RUN_ID,
  segment: 1,
  workflowId: endpointExample.workflowId,
  nodeId: endpointExample.nodeId,
  nodeName: WAIT_NODE,
  spec: { kind: 'duration', ms: 5_400_000, restartable: true },
  item: { customer: { id: CUSTOMER_ID }, run: { id: RUN_ID, segment: 1 } },
};

export const readyExample = {
  status: 'ready',
  parts: { store: 'up', temporal: 'up', n8n: 'up', worker: 'up' },
  timeScale: 1,
  notes: [],
};
