/**
 * How good the forecasts would have been: by rolling origin, learned from what had ended by a day and judged on purchases after it,
 * beside the simple rules. Judged are purchases that have been followed by another: of the others the gap is not known.
 */
import { Forecaster } from './forecaster.ts';
import { learn, type LearnOptions } from './learn.ts';
import { LEVELS, type Quartet } from './model.ts';
import { gapsOf, type PurchaseTable } from './purchases.ts';
import { quartet } from './rest.ts';
import { SIMPLE_RULES, SimpleRules, type SimpleRule } from './simpleRules.ts';

/** Mean losses in days; `pinball` over the four quantiles. */
export interface Loss {
  pinball: number;
  /** Mean absolute error of the middle. */
  absolute: number;
}

export interface OriginReport {
  /** UTC day since 1970: learned from gaps that had ended by it. */
  day: number;
  events: number;
  ours: Loss;
  rules: Record<SimpleRule, Loss>;
  /** Share of gaps that were no longer than each quantile: 0.4, 0.5, 0.6, 0.8 were right. */
  coverage: Quartet;
}

export interface EvaluationReport {
  origins: OriginReport[];
  /** Over all origins; null: no purchase after an origin was followed by another. */
  total: Omit<OriginReport, 'day'> | null;
  bestRule: SimpleRule | null;
  /** Part by which our pinball loss and absolute error are below those of the best rule for each. */
  improvement: { pinball: number; absolute: number } | null;
}

export const pinball = (days: number, forecast: number, level: number) =>
  days >= forecast ? level * (days - forecast) : (1 - level) * (forecast - days);

class Losses {
  pinball = 0;
  absolute = 0;

  add(days: number, forecast: Quartet): void {
    let sum = 0;
    for (let index = 0; index < LEVELS.length; index += 1) {
      sum += pinball(days, forecast[index] as number, LEVELS[index] as number);
    }
    this.pinball += sum / LEVELS.length;
    this.absolute += Math.abs(days - forecast[1]);
  }

  over(events: number): Loss {
    return { pinball: this.pinball / events, absolute: this.absolute / events };
  }
}

class Tally {
  events = 0;
  readonly ours = new Losses();
  readonly rules = new Map(SIMPLE_RULES.map((rule) => [rule, new Losses()]));
  readonly covered: Quartet = [0, 0, 0, 0];

  report(): Omit<OriginReport, 'day'> {
    const rules = [...this.rules].map(([rule, losses]) => [rule, losses.over(this.events)]);
    return {
      events: this.events,
      ours: this.ours.over(this.events),
      rules: Object.fromEntries(rules) as Record<SimpleRule, Loss>,
      coverage: quartet((_level, index) => (this.covered[index] as number) / this.events),
    };
  }
}

/** @param origins days, rising; purchases after each, up to the next, are judged */
export function evaluate(
  purchases: PurchaseTable,
  origins: readonly number[],
  options: LearnOptions = {},
): EvaluationReport {
  const total = new Tally();
  const reports: OriginReport[] = [];
  origins.forEach((day, index) => {
    const tally = new Tally();
    judge(purchases, day, origins[index + 1] ?? Infinity, options, [tally, total]);
    if (tally.events > 0) reports.push({ day, ...tally.report() });
  });
  if (total.events === 0) return { origins: [], total: null, bestRule: null, improvement: null };
  const over = total.report();
  const best = (loss: keyof Loss) => SIMPLE_RULES.reduce((a, b) => (over.rules[b][loss] < over.rules[a][loss] ? b : a));
  const gain = (loss: keyof Loss) => {
    const rule = over.rules[best(loss)][loss];
    return rule > 0 ? 1 - over.ours[loss] / rule : 0;
  };
  return {
    origins: reports,
    total: over,
    bestRule: best('pinball'),
    improvement: { pinball: gain('pinball'), absolute: gain('absolute') },
  };
}

function judge(purchases: PurchaseTable, after: number, until: number, options: LearnOptions, tallies: Tally[]): void {
  const known = gapsOf(purchases, after);
  const forecaster = new Forecaster(learn(known, options));
  const rules = new SimpleRules(known);
  const categoryOf = options.categoryOf ?? (() => null);
  const customer = forecaster.customer(categoryOf);
  const gaps = gapsOf(purchases);
  const own = new Map<number, { sum: number; count: number }>();
  for (let from = 0; from < gaps.length;) {
    let to = from;
    while (to < gaps.length && gaps.customer[to] === gaps.customer[from]) to += 1;
    customer.clear();
    own.clear();
    const begins = Int32Array.from({ length: to - from }, (_, index) => from + index);
    begins.sort((a, b) => (gaps.startDay[a] as number) - (gaps.startDay[b] as number) || a - b);
    let ended = from;
    for (const gap of begins) {
      const day = gaps.startDay[gap] as number;
      if (day <= after || day > until) continue;
      while (ended < to && (gaps.startDay[ended] as number) + (gaps.days[ended] as number) <= day) {
        const product = gaps.product[ended] as number;
        const [days, quantity] = [gaps.days[ended] as number, gaps.quantity[ended] as number];
        customer.learn({ productId: gaps.productIds[product] as string, days, quantity });
        const sofar = own.get(product) ?? { sum: 0, count: 0 };
        own.set(product, { sum: sofar.sum + days, count: sofar.count + 1 });
        ended += 1;
      }
      const product = gaps.product[gap] as number;
      const days = gaps.days[gap] as number;
      const window = customer.windowOf(gaps.productIds[product] as string, gaps.quantity[gap] as number);
      const forecast: Quartet = [window.q40, window.q50, window.q60, window.q80];
      const ownGaps = own.get(product) ?? { sum: 0, count: 0 };
      const ofRules = SIMPLE_RULES.map((rule) => [rule, rules.days(rule, product, ownGaps)] as const);
      for (const tally of tallies) {
        tally.events += 1;
        tally.ours.add(days, forecast);
        for (const [rule, constant] of ofRules) {
          tally.rules.get(rule)?.add(days, [constant, constant, constant, constant]);
        }
        forecast.forEach((quantileDays, index) => {
          if (days <= quantileDays) tally.covered[index] = (tally.covered[index] as number) + 1;
        });
      }
    }
    from = to;
  }
}
