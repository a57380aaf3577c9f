/** Of the page of the scores: what the predictions rest on, and how a hold-out judges them. */
import type { EChartsCoreOption } from 'echarts/core';
import type { Calibration } from '../../domain/clv/calibration.ts';
import { MODELS, type NoFit } from '../../domain/clv/fit.ts';
import type { PredictionsModel } from '../../domain/clv/shopPredictions.ts';
import { isoDay } from '../../domain/utcDay.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { chartMarkup, HINT, LINE, ONE, TWO } from './chart.ts';
import { count, decimal, NEVER, nothing, percent } from './shown.ts';

export async function predictionsSection(
  predictions: PredictionsModel | null,
  calibration: Calibration | NoFit | null,
): Promise<Markup> {
  return html`<section>
    <h2>Predictions</h2>
    ${predictionWords(predictions)}
    <h3>How far to trust them</h3>
    ${await calibrationPart(calibration)}
  </section>`;
}

function predictionWords(predictions: PredictionsModel | null): Markup {
  if (predictions === null) return nothing(NEVER);
  if ('notEnoughData' in predictions) return nothing(`${predictions.notEnoughData}.`);
  const { model, params, atLimit, customers, asOf, horizonDays } = predictions;
  const { title, paramNames } = MODELS[model];
  const held = (name: string): string => (atLimit.includes(name) ? ' at its limit' : '');
  const words = paramNames.map((name, i) => `${name} ${Number(params[i]!.toPrecision(4))}${held(name)}`);
  return html`<p class="hint">
    ${title}, fitted to ${count(customers)} customers as of ${asOf} (${words.join(', ')}; in days); ahead for
    ${count(horizonDays)} days.
  </p>`;
}

async function calibrationPart(calibration: Calibration | NoFit | null): Promise<Markup> {
  if (calibration === null) return nothing(NEVER);
  if ('notEnoughData' in calibration) return nothing(`${calibration.notEnoughData}.`);
  const { holdoutWeeks, knownUntil, customers, bias, meanError, meanErrorOfPace } = calibration;
  return html`<p class="hint">
      The model was fitted to what was known on ${isoDay(knownUntil)} of ${count(customers)} customers; what it expected
      of the ${count(holdoutWeeks)} weeks after is held against what came.
    </p>
    <dl class="figures">
      ${figure('expected orders', count(calibration.expected))} ${figure('orders that came', count(calibration.actual))}
      ${figure('bias', bias === null ? 'no order came' : `${bias >= 0 ? '+' : '−'}${percent(Math.abs(bias))}`)}
      ${figure('mean error per customer', `${decimal(meanError, 3)} orders`)}
      ${figure('of “goes on at the same pace”', `${decimal(meanErrorOfPace, 3)} orders`)}
    </dl>
    <div class="row">
      <figure>
        ${await chartMarkup({ label: weeksLabel(calibration), option: () => weeks(calibration), height: () => 260, width: 470 })}
        <figcaption>Orders added up, week by week.</figcaption>
      </figure>
      <figure>
        ${await chartMarkup({ label: classesLabel(calibration), option: () => classes(calibration), height: () => 260, width: 470 })}
        <figcaption>Mean orders of a customer, by how many repeat orders they had made before.</figcaption>
      </figure>
    </div>`;
}

const figure = (name: string, value: string): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

const weeksLabel = ({ expected, actual, holdoutWeeks }: Calibration): string =>
  `Orders over ${count(holdoutWeeks)} weeks: ${count(expected)} expected, ${count(actual)} came`;

const classesLabel = ({ classes }: Calibration): string =>
  `Mean orders expected and come by repeat orders before: ${classes
    .map((one) => `${className(one)}: ${decimal(one.expected, 2)} and ${decimal(one.actual, 2)}`)
    .join('; ')}`;

const className = ({ repeats, andMore }: Calibration['classes'][number]): string => `${repeats}${andMore ? '+' : ''}`;

const base = (categories: string[]): EChartsCoreOption => ({
  legend: {
    top: 0,
    left: 'center',
    textStyle: { color: HINT, fontSize: 13 },
    icon: 'roundRect',
    itemGap: 24,
    itemWidth: 14,
    itemHeight: 8,
  },
  grid: { left: 8, right: 12, top: 32, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
  xAxis: {
    type: 'category',
    data: categories,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: LINE } },
    axisLabel: { color: HINT, fontSize: 13 },
  },
  yAxis: {
    type: 'value',
    axisLabel: { color: HINT, fontSize: 13, formatter: (value: number) => value.toLocaleString('en') },
    splitLine: { lineStyle: { color: LINE } },
  },
});

function weeks({ weeks }: Calibration): EChartsCoreOption {
  const added = (of: 'expected' | 'actual'): number[] => {
    let sum = 0;
    return weeks.map((week) => (sum += week[of]));
  };
  const line = (name: string, data: number[], color: string, type: 'solid' | 'dashed') => ({
    ...{ name, type: 'line', data, symbol: 'none' },
    ...{ lineStyle: { color, width: 2.5, type }, itemStyle: { color } },
  });
  return {
    ...base(weeks.map(({ week }) => String(week))),
    series: [line('expected', added('expected'), TWO, 'dashed'), line('came', added('actual'), ONE, 'solid')],
  };
}

function classes({ classes }: Calibration): EChartsCoreOption {
  const bars = (name: string, of: 'expected' | 'actual', color: string) => ({
    ...{ name, type: 'bar', data: classes.map((one) => one[of]), itemStyle: { color } },
  });
  return { ...base(classes.map(className)), series: [bars('expected', 'expected', TWO), bars('came', 'actual', ONE)] };
}
