/** Postmark's webhooks: password and events. */
import { describe, expect, it } from 'vitest';
import { postmark } from '../../../../temporal/domain/providerEvents/postmark.ts';
import { contentOf, hookRequest, NOW } from './request.ts';

describe('the proof of Postmark', () => {
  const proved = (credentials: string, secrets = ['s3:cret']) =>
    postmark.isProved(
      hookRequest({}, { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      secrets,
      NOW,
      '',
    );

  it('is the password, whoever the user is', () => {
    expect(proved('postmark:s3:cret')).toBe(true);
    expect(proved(':s3:cret')).toBe(true);
    expect(proved('s3:cret')).toBe(false);
    expect(proved('postmark:other')).toBe(false);
    expect(proved('postmark:', [''])).toBe(false);
    expect(postmark.isProved(hookRequest({}, { authorization: 'Bearer s3:cret' }), ['s3:cret'], NOW, '')).toBe(false);
    expect(postmark.isProved(hookRequest({}), ['s3:cret'], NOW, '')).toBe(false);
  });
});

describe('events of Postmark', () => {
  const MESSAGE = '883953f4-6105-42a2-a16a-77a8eac79483';
  const base = {
    MessageID: MESSAGE,
    ServerID: 23,
    MessageStream: 'broadcast',
    Tag: 'cart',
    Metadata: { send_id: 'snd_1' },
  };
  const eventsOf = (event: object) => contentOf(postmark.read(hookRequest({ ...base, ...event }), NOW)).events;

  it('of a delivery', () => {
    // https://postmarkapp.com/developer/webhooks/delivery-webhook
    const delivery = {
      RecordType: 'Delivery',
      Recipient: 'ada@example.com',
      DeliveredAt: '2019-11-05T16:33:54.9070259Z',
      Details: 'Test delivery webhook details',
    };
    expect(eventsOf(delivery)).toEqual([
      {
        kind: 'delivered',
        id: `${MESSAGE}/delivered`,
        at: Date.parse('2019-11-05T16:33:54.907Z'),
        sendId: 'snd_1',
        providerMessageId: MESSAGE,
        channel: 'email',
        address: 'ada@example.com',
        url: null,
        reason: 'Test delivery webhook details',
      },
    ]);
  });

  // https://postmarkapp.com/developer/webhooks/bounce-webhook , types of https://postmarkapp.com/developer/api/bounce-api#bounce-types
  it.each([
    ['HardBounce', [{ kind: 'bounced', bounceType: 'hard' }]],
    ['BadEmailAddress', [{ kind: 'bounced', bounceType: 'hard' }]],
    ['SoftBounce', [{ kind: 'bounced', bounceType: 'soft' }]],
    ['Transient', [{ kind: 'bounced', bounceType: 'soft' }]],
    ['DnsError', [{ kind: 'bounced', bounceType: 'soft' }]],
    ['SpamNotification', [{ kind: 'bounced', bounceType: 'soft' }]],
    ['SpamComplaint', [{ kind: 'complained' }]],
    ['Unsubscribe', [{ kind: 'unsubscribed' }]],
    ['SMTPApiError', [{ kind: 'failed' }]],
    ['DMARCPolicy', [{ kind: 'failed' }]],
    ['AutoResponder', []],
    ['AddressChange', []],
  ])('of a bounce %s', (Type, expected) => {
    const read = eventsOf({
      RecordType: 'Bounce',
      ID: 4323372036854775807n.toString(),
      Type,
      Name: 'a bounce',
      Email: 'ada@example.com',
      BouncedAt: '2019-11-05T16:33:54.9070259Z',
      Details: 'Test bounce details',
      Inactive: true,
      CanActivate: true,
    });
    expect(read).toMatchObject(
      expected.map((one) => ({ ...one, address: 'ada@example.com', reason: 'Test bounce details' })),
    );
    expect(read).toHaveLength(expected.length);
  });

  it('of openings and clicks, each its own', () => {
    // https://postmarkapp.com/developer/webhooks/open-tracking-webhook , …/click-webhook
    const opened = (ReceivedAt: string) =>
      eventsOf({
        RecordType: 'Open',
        FirstOpen: true,
        Recipient: 'ada@example.com',
        ReceivedAt,
        UserAgent: 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
      })[0];
    expect(opened('2019-11-05T16:33:54.9070259Z')).toMatchObject({ kind: 'opened', address: 'ada@example.com' });
    expect(opened('2019-11-05T16:33:54Z')?.id).not.toBe(opened('2019-11-05T16:33:55Z')?.id);
    expect(opened('2019-11-05T16:33:54Z')?.machine).toBe(false);
    expect(eventsOf({ RecordType: 'Open', UserAgent: 'Mozilla/5.0' })).toMatchObject([
      { kind: 'opened', machine: true },
    ]);
    const OriginalLink = 'https://shop.example.com/a';
    expect(eventsOf({ RecordType: 'Click', OriginalLink, ReceivedAt: '2019-11-05T16:33:54Z' })).toMatchObject([
      { kind: 'clicked', url: OriginalLink },
    ]);
  });

  it('of subscriptions; what a bounce ended is the bounce once more', () => {
    // https://postmarkapp.com/developer/webhooks/subscription-change-webhook
    const change = (more: object) =>
      eventsOf({
        RecordType: 'SubscriptionChange',
        Recipient: 'ada@example.com',
        ChangedAt: '2020-02-01T10:53:34Z',
        ...more,
      });
    const suppressed = (SuppressionReason: string) =>
      change({ SuppressSending: true, SuppressionReason, Origin: 'Recipient' });
    expect(suppressed('ManualSuppression')).toMatchObject([{ kind: 'unsubscribed', address: 'ada@example.com' }]);
    expect(suppressed('SpamComplaint')).toMatchObject([{ kind: 'complained' }]);
    const [bounce] = eventsOf({ RecordType: 'Bounce', Type: 'HardBounce', ID: 42, Email: 'ada@example.com' });
    expect(suppressed('HardBounce')[0]?.id).toBe(bounce?.id);
    expect(change({ SuppressSending: false, SuppressionReason: null })).toEqual([]);
    expect(eventsOf({ RecordType: 'SpamComplaint', Type: 'SpamComplaint', Email: 'ada@example.com' })).toMatchObject([
      { kind: 'complained', address: 'ada@example.com' },
    ]);
    expect(eventsOf({ RecordType: 'Inbound' })).toEqual([]);
    expect(postmark.read(hookRequest([]), NOW).problem?.message).toMatch(/object/);
  });
});
