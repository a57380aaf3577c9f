/** Of the page of the scores: how R, F and M are spread, the grid of segments, and who has moved. */
import type { EChartsCoreOption } from 'echarts/core';
import { SCORES, type GridCell, type RfmDistribution } from '../../domain/rfm/distribution.ts';
import type { RfmModel } from '../../domain/rfm/model.ts';
import type { Movement } from '../../domain/rfm/movement.ts';
import { SEGMENTS, type RfmSegment } from '../../domain/rfm/segments.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { chartMarkup, HINT, LINE, ONE } from './chart.ts';
import { count, money, NEVER, nothing, percent, price, segmentName, shade } from './shown.ts';

const NOBODY = 'not enough data: nobody has ordered yet.';

export async function distributionSection(
  distribution: RfmDistribution | null,
  model: RfmModel | null,
): Promise<Markup> {
  if (distribution === null)
    return html`<section>
      <h2>Recency, frequency, money</h2>
      ${nothing(NEVER)}
    </section>`;
  if (distribution.customers === 0)
    return html`<section>
      <h2>Recency, frequency, money</h2>
      ${nothing(NOBODY)}
    </section>`;
  const { r, f, m } = distribution;
  const own = model?.moneyMinor[distribution.currency ?? ''];
  return html`<section>
    <h2>Recency, frequency, money</h2>
    <p class="hint">
      ${count(distribution.customers)} customers with an order, as of ${distribution.asOf}. Scores by
      ${model?.by === 'thresholds' ? 'your own thresholds' : 'quintiles: equal values share a score, so the bars need not be equal'}.
    </p>
    <div class="row">
      ${await spread('Recency', r, model?.recencyDays?.[3], (days) => `5 is an order within ${count(days - 1)} days.`)}
      ${await spread('Frequency', f, model?.orders?.[3], (orders) => `5 is more than ${count(orders)} orders.`)}
      ${await spread('Money', m, own?.[3], (minor) => `5 is more than ${price(minor, distribution.currency)}.`)}
    </div>
  </section>`;
}

async function spread(
  title: string,
  counts: readonly number[],
  highest: number | undefined,
  words: (cut: number) => string,
): Promise<Markup> {
  const label = `Customers with ${title.toLowerCase()} scores 1 to 5: ${counts.map(count).join(', ')}`;
  const option = (): EChartsCoreOption => ({
    grid: { left: 8, right: 8, top: 24, bottom: 24 },
    xAxis: {
      type: 'category',
      data: SCORES.map(String),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: HINT, fontSize: 13 },
    },
    yAxis: { type: 'value', show: false },
    series: [
      {
        type: 'bar',
        data: [...counts],
        barWidth: '70%',
        itemStyle: { color: ONE },
        label: {
          show: true,
          position: 'top',
          color: HINT,
          fontSize: 13,
          formatter: ({ value }: { value: number }) => count(value),
        },
      },
    ],
  });
  return html`<figure>
    <h3>${title}</h3>
    ${await chartMarkup({ label, option, height: () => 190, width: 340 })}
    ${highest !== undefined && html`<figcaption>${words(highest)}</figcaption>`}
  </figure>`;
}

export function segmentsSection(distribution: RfmDistribution | null, model: RfmModel | null): Markup {
  if (distribution === null || model === null)
    return html`<section>
      <h2>Segments</h2>
      ${nothing(NEVER)}
    </section>`;
  if (distribution.customers === 0)
    return html`<section>
      <h2>Segments</h2>
      ${nothing(NOBODY)}
    </section>`;
  const { cells, currency, customers } = distribution;
  const most = Math.max(...cells.map((cell) => cell.customers));
  const cellAt = (r: number, f: number): GridCell => cells.find((cell) => cell.r === r && cell.f === f)!;
  return html`<section>
    <h2>Segments</h2>
    <p class="hint">
      Customers and revenue net of refunds${currency !== null && ` in ${currency}`} by recency (R5 has ordered last) and
      frequency (F5 has ordered most). The stronger the colour, the more customers.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="Customers and revenue by recency and frequency">
      <table class="grid">
        <caption class="unseen">
          Customers and revenue by recency and frequency
        </caption>
        <thead>
          <tr>
            <td></td>
            ${SCORES.map((f) => html`<th scope="col">F${String(f)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${SCORES.toReversed().map(
            (r) =>
              html`<tr>
                <th scope="row">R${String(r)}</th>
                ${SCORES.map((f) => gridCell(cellAt(r, f), most, currency))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="scroll" tabindex="0" role="group" aria-label="Segments with their customers and revenue">
      <table>
        <caption class="unseen">
          Segments with their customers and revenue
        </caption>
        <thead>
          <tr>
            <th scope="col">Segment</th>
            ${['Customers', 'of all', 'Revenue', 'of all', 'Average order'].map(
              (name) => html`<th scope="col" class="number">${name}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${model.segments.map((segment) => segmentRow(segment, customers, currency))}
        </tbody>
      </table>
    </div>
    ${
      model.medianAverageOrderMinor !== null &&
      html`<p class="hint">
        The median of all buyers' average orders is ${price(model.medianAverageOrderMinor, currency)}.
      </p>`
    }
  </section>`;
}

const gridCell = ({ segment, customers, revenueMinor }: GridCell, most: number, currency: string | null): Markup =>
  html`<td class="${shade(customers, most)}">
    ${segmentName(segment)}<strong>${count(customers)}</strong
    ><span class="hint">${money(revenueMinor, currency)}</span>
  </td>`;

const segmentRow = (row: RfmModel['segments'][number], customers: number, currency: string | null): Markup =>
  html`<tr>
    <th scope="row" class="name">${segmentName(row.segment)}</th>
    <td class="number">${count(row.customers)}</td>
    <td class="number">${percent(row.customers / customers)}</td>
    <td class="number">${money(row.revenueMinor, currency)}</td>
    <td class="number">${row.share === null ? '–' : percent(row.share)}</td>
    <td class="number">${row.averageOrderMinor === null ? '–' : price(row.averageOrderMinor, currency)}</td>
  </tr>`;

export function movementSection(movement: Movement | null): Markup {
  const title = html`<h2>Movement since last month</h2>`;
  if (movement === null) return html`<section>${title}${nothing(NEVER)}</section>`;
  if (movement.moves.length === 0) return html`<section>${title}${nothing(NOBODY)}</section>`;
  const { from, to, moves } = movement;
  const customersOf = (one: RfmSegment | null, other: RfmSegment): number =>
    moves.find((move) => move.from === one && move.to === other)?.customers ?? 0;
  const moved = moves.filter((move) => move.from !== move.to && move.from !== null);
  const most = Math.max(...moved.map(({ customers }) => customers), 0);
  const sum = (some: Movement['moves']): number => some.reduce((total, { customers }) => total + customers, 0);
  return html`<section>
    ${title}
    <p class="hint">
      From ${from} (rows) to ${to} (columns). ${count(sum(moved))} have moved,
      ${count(sum(moves.filter((move) => move.from === move.to)))} are where they were,
      ${count(sum(moves.filter((move) => move.from === null)))} have ordered for the first time.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="How many have moved from one segment to another">
      <table class="moves">
        <caption class="unseen">
          How many have moved from one segment to another
        </caption>
        <thead>
          <tr>
            <td></td>
            ${SEGMENTS.map((segment) => html`<th scope="col">${segmentName(segment)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${[...SEGMENTS, null].map(
            (one) =>
              html`<tr>
                <th scope="row" class="name">${one === null ? 'had not ordered' : segmentName(one)}</th>
                ${SEGMENTS.map((other) => moveCell(customersOf(one, other), most, one === other, one === null))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

const moveCell = (customers: number, most: number, hasStayed: boolean, isNew: boolean): Markup =>
  html`<td class="${hasStayed ? 'stayed' : isNew ? '' : shade(customers, most)}">
    ${customers === 0 ? '' : count(customers)}
  </td>`;
