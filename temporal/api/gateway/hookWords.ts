/** How each provider's webhook is described in the API description, with a body as it comes. */
import type { ProviderKind } from '../../domain/connection.ts';

const SEND_ID = 'snd_4kT8vXq2LmZ0cRbY7hNw';

interface HookWords {
  summary: string;
  description: string;
  example: unknown;
}

export const HOOK_WORDS: Record<ProviderKind, HookWords> = {
  sendgrid: {
    summary: 'Event Webhook of SendGrid',
    description:
      "The signed event webhook; the connection's secret is its verification key. `send_id` among the custom arguments names the send.",
    example: [
      {
        event: 'delivered',
        email: 'ada@example.com',
        timestamp: 1795341600,
        sg_event_id: 'ZGVsaXZlcmVkLTAtMQ',
        sg_message_id: '14c5d75ce93.recvd-6f4d9b-1-6578',
        send_id: SEND_ID,
      },
    ],
  },
  postmark: {
    summary: 'Webhooks of Postmark',
    description:
      "Postmark does not sign: the connection's secret is the password of HTTP authentication, in the address or in Postmark's fields for it; any user. `send_id` in the metadata names the send.",
    example: {
      RecordType: 'Delivery',
      MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
      Recipient: 'ada@example.com',
      DeliveredAt: '2026-11-22T10:00:00Z',
      Metadata: { send_id: SEND_ID },
    },
  },
  resend: {
    summary: 'Webhooks of Resend',
    description: "Signed by Svix with the connection's secret (`whsec_…`). The tag `send_id` names the send.",
    example: {
      type: 'email.delivered',
      created_at: '2026-11-22T10:00:00.000Z',
      data: { email_id: '56761188-7520-42d8-8898-ff6fc54ce618', to: ['ada@example.com'], tags: { send_id: SEND_ID } },
    },
  },
  ses: {
    summary: 'Events of Amazon SES, by Amazon SNS',
    description:
      "Only the topic whose ARN is the connection's secret is believed, with the signature of SNS (version 1 or 2). A new subscription is confirmed at once. The message tag `send_id` names the send. Raw message delivery has to be off: it is unsigned.",
    example: {
      Type: 'Notification',
      MessageId: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc',
      TopicArn: 'arn:aws:sns:eu-central-1:123456789012:mail',
      Message: '{"eventType":"Delivery","mail":{"messageId":"…","tags":{"send_id":["…"]}}}',
      Timestamp: '2026-11-22T10:00:00.000Z',
      SignatureVersion: '2',
      Signature: '…',
      SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abcd.pem',
    },
  },
  twilio: {
    summary: 'Status callbacks and incoming messages of Twilio',
    description:
      "Forms, with `X-Twilio-Signature` made with the account's auth token for the public address (`JOURNEYS_PUBLIC_URL` has to be what Twilio calls). `send_id` in the query of the status callback names the send. Incoming messages are read as by `POST /v1/inbound-messages`; the answer is empty TwiML.",
    example: {
      MessageSid: 'SM0123456789abcdef0123456789abcdef',
      MessageStatus: 'delivered',
      To: '+436601234567',
      From: '+436607654321',
    },
  },
  whatsapp: {
    summary: 'Webhooks of the WhatsApp Cloud API',
    description:
      "Signed with the app's secret. Statuses name the send by `biz_opaque_callback_data`; messages of customers are read as by `POST /v1/inbound-messages`.",
    example: {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '436607654321', phone_number_id: '106540352242922' },
                statuses: [
                  {
                    id: 'wamid.HBgLNDM2NjAxMjM0NTY3',
                    status: 'delivered',
                    timestamp: '1795341600',
                    recipient_id: '436601234567',
                    biz_opaque_callback_data: SEND_ID,
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  },
  onesignal: {
    summary: 'Event Streams of OneSignal',
    description:
      'The body of the stream is written there: `{"event": {"id": "{{ event.id }}", "kind": "{{ event.kind }}", "datetime": "{{ event.datetime }}", ' +
      '"subscription_id": "{{ event.subscription_id }}"}, "message": {"id": "{{ message.id }}"}}`, with the header `Authorization: Bearer <secret>`.',
    example: {
      event: {
        id: 'b1c0f3b2-52f4-4a2c-8d8f-0a4a2f9f6a10',
        kind: 'message.push.clicked',
        datetime: '2026-11-22T10:00:00.000Z',
        subscription_id: 'e4e7c3a9-2b6a-4b8e-9a57-6b1d0f1c2d3e',
      },
      message: { id: '458dcec4-cf53-11e3-add2-000c2940e62c' },
    },
  },
  webhook: {
    summary: 'What became of messages, by a service of your own',
    description:
      'Signed as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Of each event: `id` (dedupe key), `kind` (sent, delivered, opened, clicked, bounced, ' +
      'failed, complained, unsubscribed), `sendId` or `providerMessageId` (or `channel` and `address`, of a message that is none of ours), `at`; for a bounce `bounceType` (hard, soft), for a click `url`; ' +
      '`machine: true` for what no person has opened; `reason`.',
    example: {
      events: [
        { id: 'e-1', kind: 'delivered', sendId: SEND_ID, at: '2026-11-22T10:00:00Z' },
        {
          id: 'e-2',
          kind: 'bounced',
          bounceType: 'hard',
          channel: 'email',
          address: 'ada@example.com',
          at: '2026-11-22T10:00:05Z',
        },
      ],
    },
  },
};
