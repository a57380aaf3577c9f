/** `/p/{token}`: channels and preference tracks in one form. */
import type { Channel } from '../../../domain/event.ts';
import { TRACKS, type Track } from '../../../domain/tracks.ts';
import { page, textsFor, type Reader } from './layout.ts';
import { html, type Markup } from './markup.ts';

export interface PreferencesView {
  channels: { channel: Channel; address: string | null; isSubscribed: boolean }[];
  tracks: readonly Track[];
}

/** Value of `action` that unsubscribes from every channel. */
export const NOTHING = 'nothing';

export function preferencesPage(reader: Reader, view: PreferencesView, isSaved: boolean): string {
  const texts = textsFor(reader).preferences;
  return page(
    reader,
    texts.title,
    isSaved && html`<p class="notice" role="status">${texts.saved}</p>`,
    html`<p>${texts.intro}</p>
      <form method="post">
        ${view.channels.length > 0 && channelChoices(reader, view)}
        <fieldset>
          <legend>${texts.tracks}</legend>
          <p class="hint">${texts.tracksHint}</p>
          ${TRACKS.map((track) => {
            const { name, hint } = textsFor(reader).tracks[track];
            return choice({ field: 'tracks', value: track, name, hint, isChosen: view.tracks.includes(track) });
          })}
        </fieldset>
        <p class="actions">
          <button name="action" value="save">${texts.save}</button> ${
            view.channels.length > 0 &&
            html`<button class="quiet" name="action" value="${NOTHING}">${texts.nothing}</button>`
          }
        </p>
      </form>`,
  );
}

const channelChoices = (reader: Reader, { channels }: PreferencesView): Markup =>
  html`<fieldset>
    <legend>${textsFor(reader).preferences.channels}</legend>
    ${channels.map(({ channel, address, isSubscribed }) =>
      choice({
        field: 'channels',
        value: channel,
        name: textsFor(reader).channels[channel].name,
        hint: address,
        isChosen: isSubscribed,
      }),
    )}
  </fieldset>`;

interface Choice {
  field: string;
  value: string;
  name: string;
  hint: string | null;
  isChosen: boolean;
}

function choice({ field, value, name, hint, isChosen }: Choice): Markup {
  const id = `${field}-${value}`;
  const description = hint === null ? null : html` aria-describedby="${id}-hint"`;
  const checked = isChosen ? html` checked` : null;
  return html`<div class="choice">
    <input type="checkbox" id="${id}" name="${field}" value="${value}" ${description}${checked} />
    <div><label for="${id}">${name}</label>${hint !== null && html`<p class="hint" id="${id}-hint">${hint}</p>`}</div>
  </div>`;
}
