/** Consent, preferences and links of the one shopper who goes through the API description. */
import { CUSTOMER_ID } from './examples.ts';

const AT = '2026-11-22T10:00:00.000Z';
const EXPIRES = '2026-11-29T10:00:00.000Z';
const REQUEST_ID = 'opt_01KAP6B3W8Y5NC7Q';
const link = (kind: string) =>
  `https://journeys.example.com/${kind}/WyJjdXNfMDFLQVA0VjhRMk03WEozVCJd.mFq2c0vX1bYyQm3tJ8n5Zg`;

const statement = { state: 'subscribed', source: 'footer form', at: AT };
const never = { state: 'never', source: null, at: null };

export const linksExample = { unsubscribe: link('u'), preferences: link('p') };

export const optInExample = { channel: 'email', source: 'footer form', properties: { campaign: { name: 'autumn' } } };

export const requestedExample = { id: REQUEST_ID, confirmUrl: link('d'), expiresAt: EXPIRES };

export const optInBatchExample = { ref: 0, customerId: CUSTOMER_ID, ...optInExample, key: 'run_1/2/node-1' };

export const consentHistoryExample = {
  consent: { email: statement, sms: never, whatsapp: never, push: never },
  history: [{ channel: 'email', ...statement, recordedAt: AT, actor: 'event', eventId: `${REQUEST_ID}/confirmed` }],
  requests: [
    {
      id: REQUEST_ID,
      channel: 'email',
      source: 'footer form',
      state: 'confirmed',
      requestedAt: '2026-11-22T09:57:00.000Z',
      expiresAt: EXPIRES,
      decidedAt: AT,
    },
  ],
};

export const inboundExample = { id: 'SM7d1f', channel: 'sms', from: '+436601234567', text: 'STOP', at: AT };
export const inboundAnswerExample = {
  items: [{ id: 'SM7d1f', action: 'unsubscribed', customerId: CUSTOMER_ID, duplicate: false }],
};
