/** Amazon SES by SNS: signatures of both versions, subscriptions, and events. */
import { describe, expect, it } from 'vitest';
import { ses, subscriptionToConfirm } from '../../../../temporal/domain/providerEvents/ses.ts';
import { contentOf, hookRequest, NOW } from './request.ts';
import { CERTIFICATE_URL, SnsSigner, TOPIC } from './snsMessage.ts';

const signer = new SnsSigner();
const proved = (message: object, { topics = [TOPIC], now = NOW, certificate = signer.certificate } = {}) =>
  ses.isProved(hookRequest(message), topics, now, certificate);

describe('the signature of SNS', () => {
  const told = { eventType: 'Send', mail: { messageId: 'm-1' } };

  it.each(['1', '2'] as const)('is checked in version %s, with and without a subject', (version) => {
    expect(proved(signer.notification(told, {}, version))).toBe(true);
    expect(proved(signer.notification(told, { Subject: 'Amazon SES Email Event Notification' }, version))).toBe(true);
    const message = signer.notification(told, {}, version);
    expect(proved({ ...message, Subject: 'added' })).toBe(false);
    expect(proved({ ...message, Message: JSON.stringify({ ...told, eventType: 'Bounce' }) })).toBe(false);
    expect(proved({ ...message, MessageId: 'other' })).toBe(false);
    expect(proved({ ...message, SignatureVersion: version === '1' ? '2' : '1' })).toBe(false);
    expect(proved({ ...message, SignatureVersion: '3' })).toBe(false);
    expect(proved({ ...message, Signature: 'AAAA' })).toBe(false);
  });

  it('counts for the own topic, in time, with that certificate', () => {
    const message = signer.notification(told);
    expect(proved(message, { topics: ['arn:aws:sns:eu-central-1:123456789012:other', TOPIC] })).toBe(true);
    expect(proved(message, { topics: ['arn:aws:sns:eu-central-1:123456789012:other'] })).toBe(false);
    expect(proved(message, { topics: [] })).toBe(false);
    expect(proved(message, { now: NOW + 25 * 3_600_000 })).toBe(false);
    expect(proved(message, { certificate: new SnsSigner().certificate })).toBe(false);
    expect(proved(message, { certificate: 'none' })).toBe(false);
    expect(proved({})).toBe(false);
  });

  it('is checked with certificates of AWS alone, and for the own topic', () => {
    const url = (SigningCertURL: string, TopicArn = TOPIC) =>
      ses.certificateUrl?.(hookRequest({ SigningCertURL, TopicArn }), [TOPIC]);
    expect(url(CERTIFICATE_URL)).toBe(CERTIFICATE_URL);
    const china = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a.pem';
    expect(url(china)).toBe(china);
    for (const other of [
      'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem',
      'https://sns.eu-central-1.amazonaws.com.example.com/SimpleNotificationService-0a.pem',
      'https://sns.eu-central-1.amazonaws.com@example.com/SimpleNotificationService-0a.pem',
      'https://example.com/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem',
      'https://s3.eu-central-1.amazonaws.com/bucket/SimpleNotificationService-0a.pem',
      'https://sns.eu-central-1.amazonaws.com/x/../SimpleNotificationService-0a.pem',
      'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem?x',
      '',
    ]) {
      expect(url(other)).toBeNull();
    }
    expect(url(CERTIFICATE_URL, 'arn:aws:sns:eu-central-1:999999999999:mail')).toBeNull();
  });

  it('covers the question whether to subscribe', () => {
    const SubscribeURL = `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37fb`;
    const ask = { Type: 'SubscriptionConfirmation', Message: 'You have chosen…', Token: '2336412f37fb', SubscribeURL };
    const message = signer.sign(ask);
    expect(proved(message)).toBe(true);
    expect(proved({ ...message, SubscribeURL: `${SubscribeURL}0` })).toBe(false);
    expect(subscriptionToConfirm(hookRequest(message))).toBe(SubscribeURL);
    expect(contentOf(ses.read(hookRequest(message), NOW)).events).toEqual([]);
    for (const other of [
      'https://example.com/?Action=ConfirmSubscription&a',
      'https://sns.eu-central-1.amazonaws.com/?Action=Other&a',
    ]) {
      expect(subscriptionToConfirm(hookRequest({ ...ask, SubscribeURL: other }))).toBeNull();
    }
    expect(subscriptionToConfirm(hookRequest({ ...ask, Type: 'UnsubscribeConfirmation' }))).toBeNull();
  });

  it('wants the ARN of a topic for a secret', () => {
    expect(ses.secretProblem?.(TOPIC)).toBeNull();
    expect(ses.secretProblem?.('arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail')).toBeNull();
    expect(ses.secretProblem?.('mail')).toMatch(/ARN/);
  });
});

describe('events of SES', () => {
  // Shapes of https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
  const mail = {
    timestamp: '2026-11-22T10:00:00.012Z',
    source: 'Shop <shop@example.com>',
    messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
    destination: ['ada@example.com'],
    tags: { 'ses:configuration-set': ['journeys'], send_id: ['snd_1'] },
  };
  const eventsOf = (told: object) =>
    contentOf(ses.read(hookRequest(signer.notification({ mail, ...told })), NOW)).events;

  it('name the send by its tag', () => {
    const delivery = { timestamp: '2026-11-22T10:00:01.100Z', recipients: ['ada@example.com'], smtpResponse: '250 ok' };
    expect(eventsOf({ eventType: 'Delivery', delivery })).toEqual([
      {
        kind: 'delivered',
        id: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc',
        at: Date.parse('2026-11-22T10:00:01.100Z'),
        sendId: 'snd_1',
        providerMessageId: mail.messageId,
        channel: 'email',
        address: 'ada@example.com',
      },
    ]);
  });

  const bounce = (bounceType: string, ...addresses: string[]) => ({
    eventType: 'Bounce',
    bounce: {
      bounceType,
      bounceSubType: 'General',
      bouncedRecipients: addresses.map((emailAddress) => ({
        emailAddress,
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 5.1.1',
      })),
      timestamp: '2026-11-22T10:00:02.669Z',
    },
  });
  const complaint = (complaintFeedbackType: string) => ({
    eventType: 'Complaint',
    complaint: {
      complainedRecipients: [{ emailAddress: 'ada@example.com' }],
      complaintFeedbackType,
      timestamp: '2026-11-22T10:00:02.669Z',
    },
  });

  it.each([
    [{ eventType: 'Send', send: {} }, [{ kind: 'sent', at: Date.parse('2026-11-22T10:00:00.012Z') }]],
    [{ eventType: 'Open', open: { ipAddress: '192.0.2.1', timestamp: '2026-11-22T10:00:02Z' } }, [{ kind: 'opened' }]],
    [
      { eventType: 'Click', click: { link: 'https://shop.example.com', timestamp: '2026-11-22T10:00:02Z' } },
      [{ kind: 'clicked', url: 'https://shop.example.com' }],
    ],
    [{ eventType: 'Open', open: { userAgent: 'Mozilla/5.0' } }, [{ kind: 'opened', machine: true }]],
    [
      { eventType: 'Click', click: { link: 'x', userAgent: 'python-requests/2.31' } },
      [{ kind: 'clicked', machine: true }],
    ],
    [bounce('Permanent', 'ada@example.com'), [{ kind: 'bounced', bounceType: 'hard', reason: 'smtp; 550 5.1.1' }]],
    [bounce('Transient', 'ada@example.com'), [{ kind: 'bounced', bounceType: 'soft' }]],
    [bounce('Undetermined', 'ada@example.com'), [{ kind: 'bounced', bounceType: 'soft' }]],
    [
      bounce('Permanent', 'ada@example.com', 'bob@example.com'),
      [
        { address: 'ada@example.com', id: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc' },
        { address: 'bob@example.com', id: '19ba9823-d7f2-53c1-860e-cb10e0d13dfc/1' },
      ],
    ],
    [complaint('abuse'), [{ kind: 'complained', address: 'ada@example.com', reason: 'abuse' }]],
    [complaint('not-spam'), []],
    [{ eventType: 'Reject', reject: { reason: 'Bad content' } }, [{ kind: 'failed', reason: 'Bad content' }]],
    [
      { eventType: 'Rendering Failure', failure: { errorMessage: "Attribute 'x' is not present", templateName: 't' } },
      [{ kind: 'failed', reason: "Attribute 'x' is not present" }],
    ],
    [{ eventType: 'DeliveryDelay', deliveryDelay: { delayType: 'MailboxFull' } }, []],
    [
      { eventType: 'Subscription', subscription: { newTopicPreferences: { unsubscribeAll: true } } },
      [{ kind: 'unsubscribed' }],
    ],
    [{ eventType: 'Subscription', subscription: { newTopicPreferences: { unsubscribeAll: false } } }, []],
    // Without event publishing: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
    [
      { ...bounce('Permanent', 'ada@example.com'), eventType: undefined, notificationType: 'Bounce' },
      [{ kind: 'bounced' }],
    ],
  ])('%j', (told, expected) => {
    expect(eventsOf(told)).toMatchObject(expected);
    expect(eventsOf(told)).toHaveLength(expected.length);
  });

  it('are JSON in the message', () => {
    const problem = (Message: string) => ses.read(hookRequest({ Type: 'Notification', Message }), NOW).problem;
    expect(problem('Successfully validated SNS topic for Amazon SES event publishing.')).toBeUndefined();
    expect(problem('hello')).toMatchObject({ path: '/Message' });
    expect(problem('{}')?.message).toMatch(/eventType/);
  });
});
