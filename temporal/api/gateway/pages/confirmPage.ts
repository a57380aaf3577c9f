/** `/d/{token}`: double opt-in. Mail scanners follow links, so the link only asks; the button confirms. */
import type { Channel, ConsentState } from '../../../domain/event.ts';
import type { OptInStanding } from '../../../intake/optIn.ts';
import { notice, page, textsFor, type Reader } from './layout.ts';
import { html } from './markup.ts';
import { messagesOf, preferencesLink } from './unsubscribePage.ts';

export interface ConfirmView {
  channel: Channel;
  /** Masked; null when there is none. */
  address: string | null;
  consent: ConsentState;
  request: OptInStanding;
  /** Relative to this page. */
  preferencesUrl: string;
}

export function confirmPage(reader: Reader, view: ConfirmView): string {
  const { confirm, unsubscribe } = textsFor(reader);
  const messages = messagesOf(reader, view);
  const isSubscribed = view.consent === 'subscribed';
  const { state, isNew } = view.request;
  if (state === 'pending') {
    return page(
      reader,
      confirm.title,
      html`<p>${confirm.question(messages, reader.shop)}</p>`,
      view.address !== null && html`<p class="hint">${unsubscribe.address(view.address)}</p>`,
      html`<form method="post">
        <p class="actions"><button>${confirm.button}</button></p>
      </form>`,
      html`<p class="hint more">${confirm.ignore}</p>`,
    );
  }
  if (isNew || isSubscribed) {
    return page(
      reader,
      isNew ? confirm.done : confirm.already,
      html`<p>${confirm.doneDetail(messages, reader.shop)}</p>`,
      preferencesLink(reader, view.preferencesUrl),
    );
  }
  if (state === 'expired') return notice(reader, { title: confirm.expired, detail: confirm.expiredDetail });
  return notice(reader, { title: confirm.superseded, detail: confirm.supersededDetail });
}
