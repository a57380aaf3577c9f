/** WhatsApp's webhooks: signature, verification, statuses, messages and preferences. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerToVerification, whatsapp } from '../../../../temporal/domain/providerEvents/whatsapp.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

const AT = 1795341600;

const bodyOf = (value: object, field = 'messages') => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '436607654321', phone_number_id: '106540352242922' },
            ...value,
          },
          field,
        },
      ],
    },
  ],
});

describe('the proof of WhatsApp', () => {
  it('is the HMAC of the raw body with the app secret', () => {
    // https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    const body = '{"object":"whatsapp_business_account","entry":[],"text":"\\u00e4"}';
    const signature = `sha256=${createHmac('sha256', 'app-secret').update(body).digest('hex')}`;
    const proved = (text: string, given: string) =>
      whatsapp.isProved(hookRequest(text, { 'x-hub-signature-256': given }), ['old', 'app-secret'], NOW, '');
    expect(proved(body, signature)).toBe(true);
    expect(proved(body.replace('\\u00e4', 'ä'), signature)).toBe(false);
    expect(proved(body, signature.replace('sha256=', ''))).toBe(false);
    expect(proved(body, '')).toBe(false);
  });

  it('answers the question of Meta', () => {
    const ask = (more: Record<string, string> = {}) =>
      answerToVerification(
        new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.challenge': '1158201444',
          'hub.verify_token': 'pk_1',
          ...more,
        }),
        'pk_1',
      );
    expect(ask()).toBe('1158201444');
    expect(ask({ 'hub.verify_token': 'pk_2' })).toBeNull();
    expect(ask({ 'hub.mode': 'unsubscribe' })).toBeNull();
    expect(ask({ 'hub.challenge': '<script>' })).toBeNull();
    expect(answerToVerification(new URLSearchParams(), '')).toBeNull();
  });
});

describe('what WhatsApp tells', () => {
  // https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status/
  const status = (name: string, more: object = {}) =>
    contentOf(
      whatsapp.read(
        hookRequest(
          bodyOf({
            statuses: [
              {
                id: 'wamid.1',
                status: name,
                timestamp: String(AT),
                recipient_id: '436601234567',
                biz_opaque_callback_data: 'snd_1',
                ...more,
              },
            ],
          }),
        ),
        NOW,
      ),
    ).events;
  const failed = (code: number) =>
    status('failed', {
      errors: [{ code, title: 'a title', message: 'a title', error_data: { details: 'the details' } }],
    });

  it('of statuses', () => {
    expect(status('delivered')).toEqual([
      {
        kind: 'delivered',
        id: 'wamid.1/delivered',
        at: AT * 1000,
        sendId: 'snd_1',
        providerMessageId: 'wamid.1',
        channel: 'whatsapp',
        address: '+436601234567',
        reason: null,
      },
    ]);
    expect(status('sent')).toMatchObject([{ kind: 'sent' }]);
    expect(status('read')).toMatchObject([{ kind: 'opened' }]);
    expect(status('deleted')).toEqual([]);
    expect(failed(131026)).toMatchObject([
      { kind: 'bounced', bounceType: 'soft', reason: 'WhatsApp error 131026: the details' },
    ]);
    expect(failed(131049)).toMatchObject([{ kind: 'failed' }]);
    expect(failed(131050)).toMatchObject([
      { kind: 'failed' },
      { kind: 'unsubscribed', id: 'wamid.1/failed/unsubscribed' },
    ]);
  });

  it('of messages, whatever they are', () => {
    const said = (...messages: object[]) => contentOf(whatsapp.read(hookRequest(bodyOf({ messages })), NOW)).messages;
    const message = { from: '436601234567', id: 'wamid.2', timestamp: String(AT) };
    // https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/text/
    expect(said({ ...message, type: 'text', text: { body: 'STOP' } })).toEqual([
      { id: 'wamid.2', channel: 'whatsapp', from: '+436601234567', text: 'STOP', at: AT * 1000 },
    ]);
    const texts = said(
      { ...message, type: 'button', button: { text: 'Stop', payload: 'x' } },
      {
        ...message,
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: '1', title: 'Yes' } },
      },
      { ...message, type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: '1', title: 'Later' } } },
      { ...message, type: 'image', image: { id: 'x' } },
      { ...message, type: 'system', system: { body: 'changed the number' } },
      { ...message, from: 'nobody', type: 'text', text: { body: 'x' } },
    ).map(({ text }) => text);
    expect(texts).toEqual(['Stop', 'Yes', 'Later', '']);
  });

  it('of the switch for marketing', () => {
    // https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences/
    const prefer = (value: string) =>
      contentOf(
        whatsapp.read(
          hookRequest(
            bodyOf(
              {
                user_preferences: [
                  { wa_id: '436601234567', detail: 'x', category: 'marketing_messages', value, timestamp: AT },
                ],
              },
              'user_preferences',
            ),
          ),
          NOW,
        ),
      ).events;
    expect(prefer('stop')).toMatchObject([
      { kind: 'unsubscribed', channel: 'whatsapp', address: '+436601234567', at: AT * 1000 },
    ]);
    expect(prefer('resume')).toEqual([]);
  });

  it('and nothing of other shapes', () => {
    for (const body of [{}, { entry: 1 }, { entry: [{ changes: [{ value: { statuses: ['x', {}] } }] }] }]) {
      expect(contentOf(whatsapp.read(hookRequest(body), NOW))).toEqual({ events: [], messages: [], rejected: [] });
    }
  });
});
