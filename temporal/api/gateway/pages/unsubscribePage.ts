/** `/u/{token}`: one question and one button; afterwards the way back and to the preferences. */
import type { Channel, ConsentState } from '../../../domain/event.ts';
import { page, textsFor, type Reader } from './layout.ts';
import { html, type Markup } from './markup.ts';

export interface UnsubscribeView {
  channel: Channel;
  /** Masked; null when there is none. */
  address: string | null;
  state: ConsentState;
  /** Relative to this page. */
  preferencesUrl: string;
}

/** Value of `action` that takes an unsubscribe back. */
export const COME_BACK = 'subscribe';

export function askToUnsubscribe(reader: Reader, view: UnsubscribeView): string {
  if (view.state === 'unsubscribed') return unsubscribed(reader, view);
  const { unsubscribe } = textsFor(reader);
  return page(
    reader,
    unsubscribe.title,
    html`<p>${unsubscribe.question(messagesOf(reader, view), reader.shop)}</p>`,
    about(reader, view),
    html`<form method="post">
      <p class="actions"><button>${unsubscribe.button}</button></p>
    </form>`,
    preferencesLink(reader, view.preferencesUrl),
  );
}

export function unsubscribed(reader: Reader, view: UnsubscribeView): string {
  const { unsubscribe } = textsFor(reader);
  return page(
    reader,
    unsubscribe.done,
    html`<p>${unsubscribe.doneDetail(messagesOf(reader, view), reader.shop)}</p>`,
    about(reader, view),
    view.channel === 'email' && html`<p class="hint">${unsubscribe.orders}</p>`,
    html`<form method="post">
      <p class="actions"><button class="quiet" name="action" value="${COME_BACK}">${unsubscribe.back}</button></p>
    </form>`,
    preferencesLink(reader, view.preferencesUrl),
  );
}

export function subscribedAgain(reader: Reader, view: UnsubscribeView): string {
  const { unsubscribe } = textsFor(reader);
  return page(
    reader,
    unsubscribe.backDone,
    html`<p>${unsubscribe.backDetail(messagesOf(reader, view), reader.shop)}</p>`,
    about(reader, view),
    html`<form method="post">
      <p class="actions"><button class="quiet">${unsubscribe.button}</button></p>
    </form>`,
    preferencesLink(reader, view.preferencesUrl),
  );
}

export const messagesOf = (reader: Reader, { channel }: { channel: Channel }): string =>
  textsFor(reader).channels[channel].messages;

const about = (reader: Reader, { address }: UnsubscribeView): Markup | null =>
  address === null ? null : html`<p class="hint">${textsFor(reader).unsubscribe.address(address)}</p>`;

export const preferencesLink = (reader: Reader, url: string): Markup =>
  html`<p class="more"><a href="${url}">${textsFor(reader).preferences.link}</a></p>`;
