/** Of the page of the scores: how long products last, with the spread, and how good the forecasts would have been. */
import type { EChartsCoreOption } from 'echarts/core';
import type { ReplenishmentDocument } from '../../scoring/replenishmentJob.ts';
import type { WindowView } from '../../store/replenishmentWindows.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { chartMarkup, HINT, LINE, ONE, SOFT } from './chart.ts';
import { count, NEVER, nothing, percent } from './shown.ts';

/** Products of the catalogue have long titles. */
const LONGEST_NAME = 32;
const ROW_HEIGHT = 26;

export async function replenishmentSection(
  document: ReplenishmentDocument | null,
  windows: readonly WindowView[],
): Promise<Markup> {
  const title = html`<h2>When products run out</h2>`;
  if (document === null) return html`<section>${title}${nothing(NEVER)}</section>`;
  const { product, category, byHand, none } = document.products;
  const learned = windows.filter(({ days }) => days !== null);
  return html`<section>
    ${title}
    <p class="hint">
      Learned from ${count(document.gaps)} gaps between purchases. Products whose window is their own:
      ${count(product)}, that of their category: ${count(category)}, set by hand: ${count(byHand)}, none:
      ${count(none)}.
    </p>
    ${
      learned.length === 0
        ? nothing('not enough data: no product has been bought again often enough to learn its window from.')
        : html`<figure>
            ${await chartMarkup({
              label: labelOf(learned),
              option: (width) => bars(learned, width),
              height: () => 48 + ROW_HEIGHT * learned.length,
            })}
            <figcaption>
              Days after which 40 % to 80 % of those who buy again have done so; the part in the stronger colour is 50 %
              to 60 %. The ${count(learned.length)} products with the most gaps.
            </figcaption>
          </figure>`
    }
    ${evaluationWords(document.evaluation)}
  </section>`;
}

function evaluationWords({ total, bestRule, improvement }: ReplenishmentDocument['evaluation']): Markup {
  if (total === null || bestRule === null || improvement === null) {
    return nothing('not enough data: no purchase late enough to judge the forecasts by has been followed by another.');
  }
  const { pinball } = improvement;
  return html`<p class="hint">
    On ${count(total.events)} purchases that they had not seen, forecasts were off by ${percent(Math.abs(pinball))}
    ${pinball >= 0 ? 'less' : 'more'} than the best simple rule (${ruleName(bestRule)}), measured as pinball loss.
  </p>`;
}

/** `productMedian` is product median, `fixed30` is fixed 30. */
const ruleName = (rule: string): string =>
  rule.replaceAll(/([a-z])([A-Z0-9])/g, (_all, one: string, other: string) => `${one} ${other.toLowerCase()}`);

const nameOf = ({ title, productId }: WindowView): string => title ?? productId;

const labelOf = (windows: readonly WindowView[]): string =>
  `Days from 40 % to 80 %: ${windows
    .map((window) => `${nameOf(window)} ${Math.round(window.days!.q40)} to ${Math.round(window.days!.q80)}`)
    .join('; ')}`;

function bars(windows: readonly WindowView[], width: number): EChartsCoreOption {
  const part = (color: string, value: (days: NonNullable<WindowView['days']>) => number) => ({
    ...{ type: 'bar', stack: 'window', barWidth: 12, itemStyle: { color } },
    data: windows.map(({ days }) => value(days!)),
  });
  return {
    grid: { left: 24, right: 24, top: 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'value',
      splitNumber: width < 500 ? 3 : 8,
      axisLabel: { color: HINT, fontSize: 13, formatter: (days: number) => `${count(days)} d` },
      splitLine: { lineStyle: { color: LINE } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: windows.map((window) => cut(nameOf(window), width < 500 ? LONGEST_NAME / 2 : LONGEST_NAME)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: HINT, fontSize: 13, interval: 0 },
    },
    series: [
      part('transparent', ({ q40 }) => q40),
      part(SOFT, ({ q40, q50 }) => q50 - q40),
      part(ONE, ({ q50, q60 }) => q60 - q50),
      part(SOFT, ({ q60, q80 }) => q80 - q60),
    ],
  };
}

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`;
