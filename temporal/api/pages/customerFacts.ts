/** Who a customer is, whether they may be written to, and what is calculated of them: the upper part of their page. */
import { CHANNELS } from '../../domain/event.ts';
import type { CustomerScores } from '../../domain/customerScores.ts';
import { namesIn } from '../../domain/customerSearch.ts';
import { journeyPath, runPath } from '../../operatorLinks.ts';
import type { CustomerView } from '../../store/customers.ts';
import type { RunView } from '../../store/lists.ts';
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { exactMoney } from './eventWords.ts';
import { facts, figures } from './facts.ts';
import { channelName, CONSENT_WORDS, reasonWords } from './sendWords.ts';
import { count, decimal, nothing, percent, segmentName } from './shown.ts';
import { dataTable } from './table.ts';
import { fromNow, minute, moment } from './timeline.ts';

/** Of one kind; of more the number is told. */
const SHOWN_VALUES = 5;

export function whoSection(customer: CustomerView): Markup {
  const { identifiers, properties, totals, preferences, mergedFrom } = customer;
  const { first, last } = namesIn(properties);
  const values = (kind: string): Part => {
    // The newest come last.
    const all = identifiers.filter((one) => one.kind === kind).map(({ value }) => value);
    const shown = all.slice(-SHOWN_VALUES).reverse().join(', ');
    if (all.length === 0) return null;
    return all.length > SHOWN_VALUES ? `${shown} and ${count(all.length - SHOWN_VALUES)} more` : shown;
  };
  const text = (name: string): Part => {
    const value = properties[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const money = (minor: number | null): string =>
    minor === null || totals.currency === null ? '–' : exactMoney(minor, totals.currency);
  const name = [first, last].filter((part) => part !== null).join(' ');
  return html`<section>
    <h2>Who it is</h2>
    ${name !== '' && html`<p class="lead">${name}</p>`}
    ${figures([
      ['Orders', count(totals.orders)],
      ['Revenue', money(totals.revenueMinor)],
      ['Average order', money(totals.averageOrderMinor)],
      ['Last order', minute(totals.lastOrderAt)],
    ])}
    ${facts([
      ['E-mail', values('email')],
      ['Phone', values('phone')],
      ['Customer number', values('externalId')],
      ['Devices', values('deviceId')],
      ['Language', text('language')],
      ['Time zone', text('timeZone')],
      ['Wants to hear of', preferences.tracks.length === 0 ? 'everything' : tracksWords(preferences.tracks)],
      ['Refunds', totals.refunds === 0 ? null : count(totals.refunds)],
      ['Our id', customer.id],
      ['Merged from', mergedFrom.length === 0 ? null : mergedFrom.join(', ')],
    ])}
  </section>`;
}

const TRACKS: Readonly<Record<CustomerView['preferences']['tracks'][number], string>> = {
  low_frequency: 'little altogether',
  product_news: 'product news',
  local_events: 'local events',
};

const tracksWords = (tracks: CustomerView['preferences']['tracks']): string =>
  tracks.map((track) => TRACKS[track]).join(', ');

export function consentSection({ consent, suppression }: CustomerView): Markup {
  return html`<section>
    <h2>May they be written to</h2>
    ${dataTable({
      caption: 'Consent and suppression now, by channel',
      isCaptionHidden: true,
      columns: [{ name: 'Channel' }, { name: 'Marketing' }, { name: 'Since', kind: 'time' }, { name: 'Said by' }],
      rows: CHANNELS.map((channel) => {
        const { state, source, at } = consent[channel];
        return [channelName(channel), badge(state), minute(at), source ?? '–'];
      }),
    })}
    ${
      suppression.length > 0 &&
      html`<h3>Held back all the same</h3>
        <ul class="plain">
          ${suppression.map(
            ({ reason, channel, address, at }) =>
              html`<li>
                <span class="badge bad">${channelName(channel)}</span> ${address}: ${reasonWords(reason)}, since
                ${moment(at)}
              </li>`,
          )}
        </ul>`
    }
  </section>`;
}

const badge = (state: CustomerView['consent']['email']['state']): Markup =>
  html`<span class="badge ${state === 'subscribed' ? 'good' : state === 'unsubscribed' ? 'bad' : ''}"
    >${CONSENT_WORDS[state]}</span
  >`;

/** @param now epoch ms */
export function openRunsSection(runs: readonly RunView[], journeys: ReadonlyMap<string, string>, now: number): Markup {
  return html`<section>
    <h2>In these journeys now</h2>
    ${
      runs.length === 0
        ? nothing('In none.')
        : dataTable({
            caption: 'Journeys that the customer is in, where they stand and until when',
            isCaptionHidden: true,
            columns: [{ name: 'Journey' }, { name: 'Stands at' }, { name: 'Until', kind: 'time' }, { name: 'Run' }],
            rows: runs.map(({ id, journey, step, held, waitingUntil }) => [
              html`<a href="${journeyPath(journey)}">${journeys.get(journey) ?? journey}</a>`,
              html`${step ?? 'the beginning'}${held && html` <span class="badge held">held</span>`}`,
              waitingUntil === null ? '–' : html`${minute(waitingUntil)} (${fromNow(Date.parse(waitingUntil), now)})`,
              html`<a href="${runPath(id)}">The run</a>`,
            ]),
          })
    }
  </section>`;
}

export function scoresSection({ rfm, prediction, affinities }: CustomerScores): Markup {
  const likes = affinities;
  const isPredicted = !('notEnoughData' in prediction);
  return html`<section>
    <h2>Scores</h2>
    ${
      rfm === null
        ? nothing('not enough data: no order so far, or not calculated yet.')
        : figures([
            ['Segment', segmentName(rfm.segment)],
            ['Recency', `${rfm.r} of 5`],
            ['Frequency', `${rfm.f} of 5`],
            ['Money', `${rfm.m} of 5`],
          ])
    }
    ${
      isPredicted
        ? facts([
            ['Still a customer', percent(prediction.alive, 0)],
            [`Orders in ${count(prediction.horizonDays)} days`, decimal(prediction.expectedOrders)],
            ['Predicted value', exactMoney(Math.round(prediction.valueMinor), prediction.currency)],
            ['Next order', prediction.nextOrderAt === null ? 'none is likely' : prediction.nextOrderAt.slice(0, 10)],
            ['Risk of losing them', prediction.churn],
          ])
        : rfm !== null && nothing(`${prediction.notEnoughData}.`)
    }
    ${
      likes !== null &&
      facts([
        ['Answers best on', likes.channel === null ? null : channelName(likes.channel)],
        ['Reads at', likes.preferredHour === null ? null : `${likes.preferredHour}:00 ${likes.zone ?? 'UTC'}`],
        ['Waits for discounts', likes.priceSensitivity === null ? null : percent(likes.priceSensitivity.score, 0)],
      ])
    }
  </section>`;
}
