/**
 * Amazon SES by way of SNS: notifications are JSON in JSON, signed with a certificate of AWS.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
import { createVerify, X509Certificate } from 'node:crypto';
import { readJson } from '../jsonBytes.ts';
import type { MessageEvent } from '../messageEvent.ts';
import { isOneOf } from '../webhookSignature.ts';
import { isWithinRepeats } from './age.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { isProgram, isRecord, listAt, notThis, recordAt, textAt, timeAt, type Json } from './reading.ts';

/** Of AWS alone, in any of its partitions. */
const CERTIFICATE_URL =
  /^https:\/\/sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?\/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem$/;
const SUBSCRIBE_URL = /^https:\/\/sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?\/\?Action=ConfirmSubscription&[!-~]+$/;
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/;

export const ses: ProviderHook = {
  proof: "a signature of Amazon SNS, for the topic whose ARN is the connection's secret",
  certificateUrl: ({ body }, topics) => {
    const message = jsonOf(body);
    const url = textAt(message, 'SigningCertURL') ?? '';
    // Whoever does not know the topic does not make us call anybody.
    return CERTIFICATE_URL.test(url) && isOneOf(textAt(message, 'TopicArn') ?? '', topics) ? url : null;
  },
  isProved,
  read,
  secretProblem: (secret) =>
    TOPIC.test(secret)
      ? null
      : 'has to be the ARN of the SNS topic, such as arn:aws:sns:eu-central-1:123456789012:mail',
};

/** Anybody can have a topic at AWS: only the operator's own counts. */
function isProved({ body }: HookRequest, topics: readonly string[], now: number, certificate: string): boolean {
  const message = jsonOf(body);
  if (!isOneOf(textAt(message, 'TopicArn') ?? '', topics)) return false;
  if (!isWithinRepeats(timeAt(message, 'Timestamp') ?? Number.NaN, now)) return false;
  const version = textAt(message, 'SignatureVersion');
  const hash = version === '1' ? 'RSA-SHA1' : version === '2' ? 'RSA-SHA256' : null;
  if (hash === null) return false;
  try {
    return createVerify(hash)
      .update(signedText(message))
      .verify(new X509Certificate(certificate).publicKey, textAt(message, 'Signature') ?? '', 'base64');
  } catch {
    return false;
  }
}

/** Names and values in turn, each on a line; the subject only where there is one. */
function signedText(message: Json): string {
  const names =
    message['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  return names.flatMap((name) => (typeof message[name] === 'string' ? [`${name}\n${message[name]}\n`] : [])).join('');
}

/**
 * Where a new subscription is confirmed; to be called once the delivery has proved itself.
 * @returns null for any other delivery
 */
export function subscriptionToConfirm({ body }: HookRequest): string | null {
  const message = jsonOf(body);
  const url = textAt(message, 'SubscribeURL');
  return message['Type'] === 'SubscriptionConfirmation' && url !== null && SUBSCRIBE_URL.test(url) ? url : null;
}

function jsonOf(body: Buffer): Json {
  const json = readJson(body);
  return json.problem === undefined && isRecord(json.value) ? json.value : {};
}

/** What SES sends to a topic that it has just been given. */
const TOPIC_IS_VALID = 'Successfully validated SNS topic';

function read({ body }: HookRequest, now: number): HookReading {
  const message = jsonOf(body);
  if (message['Type'] !== 'Notification') return content({});
  const text = typeof message['Message'] === 'string' ? message['Message'] : '';
  if (text.startsWith(TOPIC_IS_VALID)) return content({});
  const told = readJson(Buffer.from(text));
  if (told.problem !== undefined || !isRecord(told.value)) {
    return { problem: { path: '/Message', message: 'has to be JSON, as SES publishes it' } };
  }
  const type = textAt(told.value, 'eventType') ?? textAt(told.value, 'notificationType');
  if (type === null) return { problem: notThis('is no event of SES: its Message has no eventType') };
  const mail = recordAt(told.value, 'mail');
  const [sendId] = listAt(recordAt(mail, 'tags'), SEND_ID);
  return content({
    events: whatOf(type, told.value).map(({ address, ...what }, index) => ({
      ...what,
      id: `${textAt(message, 'MessageId')}${index === 0 ? '' : `/${index}`}`,
      at: what.at ?? timeAt(message, 'Timestamp') ?? now,
      sendId: typeof sendId === 'string' ? sendId : null,
      providerMessageId: textAt(mail, 'messageId'),
      channel: 'email',
      address: address ?? onlyRecipient(mail),
    })),
  });
}

const onlyRecipient = (mail: Json): string | null => {
  const [to, ...others] = listAt(mail, 'destination');
  return typeof to === 'string' && others.length === 0 ? to : null;
};

type What = Pick<HookEvent, 'kind' | 'url' | 'machine' | 'bounceType' | 'reason'> & {
  at: number | null;
  address?: string | null;
};

function whatOf(type: string, event: Json): What[] {
  const one = (kind: MessageEvent['kind'], key: string, more: Partial<What> = {}): What[] => [
    { kind, at: timeAt(recordAt(event, key), 'timestamp'), ...more },
  ];
  switch (type) {
    case 'Send':
      return one('sent', 'mail');
    case 'Delivery':
      return one('delivered', 'delivery');
    case 'Open':
      return one('opened', 'open', { machine: isProgram(textAt(recordAt(event, 'open'), 'userAgent')) });
    case 'Click': {
      const click = recordAt(event, 'click');
      const machine = isProgram(textAt(click, 'userAgent'));
      return one('clicked', 'click', { url: textAt(click, 'link'), machine });
    }
    case 'Bounce': {
      const bounce = recordAt(event, 'bounce');
      const bounceType = textAt(bounce, 'bounceType') === 'Permanent' ? 'hard' : 'soft';
      return listAt(bounce, 'bouncedRecipients').flatMap((to) =>
        one('bounced', 'bounce', {
          bounceType,
          address: textAt(to, 'emailAddress'),
          reason: textAt(to, 'diagnosticCode') ?? textAt(bounce, 'bounceSubType'),
        }),
      );
    }
    case 'Complaint': {
      const complaint = recordAt(event, 'complaint');
      // The recipient has taken it out of the spam folder.
      if (textAt(complaint, 'complaintFeedbackType') === 'not-spam') return [];
      return listAt(complaint, 'complainedRecipients').flatMap((to) =>
        one('complained', 'complaint', {
          address: textAt(to, 'emailAddress'),
          reason: textAt(complaint, 'complaintFeedbackType'),
        }),
      );
    }
    case 'Reject':
      return one('failed', 'mail', { reason: textAt(recordAt(event, 'reject'), 'reason') });
    case 'Rendering Failure':
      return one('failed', 'mail', { reason: textAt(recordAt(event, 'failure'), 'errorMessage') });
    case 'Subscription':
      return recordAt(recordAt(event, 'subscription'), 'newTopicPreferences')['unsubscribeAll'] === true
        ? one('unsubscribed', 'subscription')
        : [];
    default:
      // A delay: SES goes on trying.
      return [];
  }
}
