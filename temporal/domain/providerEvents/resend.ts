/** Resend's webhooks, signed by Svix. https://resend.com/docs/webhooks/event-types */
import type { MessageEvent } from '../messageEvent.ts';
import { content, SEND_ID, type HookEvent, type HookReading, type HookRequest, type ProviderHook } from './hook.ts';
import { addressIn, isProgram, isRecord, listAt, readObject, recordAt, textAt, timeAt, type Json } from './reading.ts';
import { isStandardSecret, isStandardSigned } from './standardWebhooks.ts';

export const resend: ProviderHook = {
  proof: 'the headers svix-id, svix-timestamp and svix-signature',
  isProved: (request, secrets, now) => isStandardSigned(request, 'svix', secrets, now),
  read: (request: HookRequest, now): HookReading =>
    readObject(request.body, (json) => content({ events: eventsOf(json, request.header('svix-id'), now) })),
  secretProblem: (secret) =>
    isStandardSecret(secret) ? null : "has to be the webhook's signing secret, which begins with whsec_",
};

type What = Pick<MessageEvent, 'kind' | 'bounceType' | 'machine' | 'reason' | 'url'>;

function eventsOf(event: Json, delivery: string | null, now: number): HookEvent[] {
  const data = recordAt(event, 'data');
  const what = whatOf(textAt(event, 'type') ?? '', data);
  if (what === null) return [];
  const at = timeAt(recordAt(data, 'click'), 'timestamp') ?? timeAt(event, 'created_at') ?? now;
  const providerMessageId = textAt(data, 'email_id');
  const [to] = listAt(data, 'to');
  return [
    {
      ...what,
      id: delivery ?? `${providerMessageId}/${what.kind}/${at}`,
      at,
      sendId: tagOf(data['tags'], SEND_ID),
      providerMessageId,
      channel: 'email',
      address: addressIn(typeof to === 'string' ? to : textAt(data, 'email')),
    },
  ];
}

function whatOf(type: string, data: Json): What | null {
  switch (type) {
    case 'email.sent':
      return { kind: 'sent' };
    case 'email.delivered':
      return { kind: 'delivered' };
    case 'email.opened':
      return { kind: 'opened', machine: isProgram(textAt(recordAt(data, 'open'), 'userAgent')) };
    case 'email.clicked': {
      const click = recordAt(data, 'click');
      return { kind: 'clicked', url: textAt(click, 'link'), machine: isProgram(textAt(click, 'userAgent')) };
    }
    case 'email.bounced': {
      const bounce = recordAt(data, 'bounce');
      // Without a type it is what Resend has always called a bounce: refused for good.
      const isForGood = (textAt(bounce, 'type') ?? 'Permanent') === 'Permanent';
      return { kind: 'bounced', bounceType: isForGood ? 'hard' : 'soft', reason: textAt(bounce, 'message') };
    }
    // On Resend's own list, for an earlier bounce or complaint.
    case 'email.suppressed':
      return { kind: 'bounced', bounceType: 'hard', reason: textAt(recordAt(data, 'suppressed'), 'message') };
    case 'email.complained':
      return { kind: 'complained' };
    case 'email.failed':
      return { kind: 'failed', reason: textAt(recordAt(data, 'failed'), 'reason') };
    case 'contact.updated':
      return data['unsubscribed'] === true ? { kind: 'unsubscribed' } : null;
    default:
      return null;
  }
}

/** An object of tags, or a list of them by name and value: Resend has sent both. */
function tagOf(tags: unknown, name: string): string | null {
  if (!Array.isArray(tags)) return textAt(tags, name);
  return textAt(
    tags.find((tag) => isRecord(tag) && tag['name'] === name),
    'value',
  );
}
