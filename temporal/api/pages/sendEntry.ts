/** One message on a timeline: what was decided, why, and what became of it. */
import type { listSends } from '../../store/sendList.ts';
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { channelName, reasonWords, statusWords } from './sendWords.ts';
import { moment, type TimelineEntry } from './timeline.ts';

export type ShownSend = Awaited<ReturnType<typeof listSends>>['items'][number];

/** @param execution where n8n shows the execution that sent it; null: not known */
export function sendEntry(send: ShownSend, execution: string | null, more: readonly Part[] = []): TimelineEntry {
  const { channel, category, nodeName, decision } = send;
  const what = html`${channelName(channel)} of
    <strong>${nodeName}</strong>${category === 'transactional' && ' (transactional)'}`;
  const details: Part[] = [
    ...why(send),
    ...fate(send),
    ...(send.error === null ? [] : [html`The provider said: ${send.error}`]),
    ...(execution === null ? [] : [html`<a href="${execution}">Execution in n8n</a>`]),
    ...more,
  ];
  const at = Date.parse(send.at);
  switch (decision) {
    case 'send': {
      const isLost = send.status === 'failed' || send.status === 'bounced' || send.status === 'complained';
      const isOpen = send.status === 'unknown' || send.status === 'claimed' || send.status === 'started';
      const tone = isLost ? 'wrong' : isOpen ? 'held' : 'good';
      return { at, kind: 'Message', title: html`${what}: ${statusWords(send.status ?? 'claimed')}`, details, tone };
    }
    case 'defer':
      return { at, kind: 'Message', title: html`${what}: put off${untilPart(send)}`, details, tone: 'held' };
    case 'suppress':
      return { at, kind: 'Message', title: html`${what}: not sent`, details, tone: 'held' };
  }
}

const untilPart = ({ until }: ShownSend): Markup | null => (until === null ? null : html` until ${moment(until)}`);

const why = ({ reasons }: ShownSend): Part[] =>
  reasons.length === 0 ? [] : [`Why: ${reasons.map((reason) => `${reasonWords(reason)} (${reason})`).join('; ')}.`];

/** What its recipient and the provider did with it, in order. */
function fate(send: ShownSend): Part[] {
  const told: [string, string | null][] = [
    ['delivered', send.deliveredAt],
    ['opened', send.openedAt],
    ['loaded by a machine', send.machineOpenedAt],
    ['clicked', send.clickedAt],
    [send.bounceType === 'soft' ? 'bounced for now' : 'bounced', send.bouncedAt],
    ['called spam', send.complainedAt],
    ['unsubscribed', send.unsubscribedAt],
  ];
  const happened = told.filter((one): one is [string, string] => one[1] !== null);
  if (happened.length === 0) return [];
  happened.sort(([, one], [, other]) => (one < other ? -1 : 1));
  return [happened.map(([name, at], index) => html`${index > 0 && ' · '}${name} ${moment(at)}`)];
}
