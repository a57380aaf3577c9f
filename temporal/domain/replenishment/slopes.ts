/**
 * How the quantity bought stretches the gap: the exponent of each product, shrunk towards that of all products, which is shrunk
 * towards 0 unless the gaps speak for it. Random-effects regression (quasi-demeaned within cells), so that customers who buy much
 * because they use much do not pass for quantities that last long.
 */
import type { Cells, Locations, Variances } from './effects.ts';
import type { Sample } from './sample.ts';

export interface Slopes {
  all: number;
  products: Float64Array;
}

/** Nothing lasts shorter for being more, and nothing much longer than in proportion. */
const LEAST = 0;
const MOST = 1.25;
const bounded = (slope: number) => Math.min(MOST, Math.max(LEAST, slope));

export function slopesOf(
  sample: Sample,
  weight: Float64Array,
  cells: Cells,
  variances: Variances,
  locations: Locations,
): Slopes {
  const { products } = sample;
  const amounts = { count: new Float64Array(products), mean: new Float64Array(products) };
  const cellAmount = new Float64Array(cells.count.length);
  const cellGap = new Float64Array(cells.count.length);
  for (let at = 0; at < sample.length; at += 1) {
    const product = sample.product[at] as number;
    const cell = sample.cell[at] as number;
    const heavy = weight[at] as number;
    amounts.count[product] = (amounts.count[product] as number) + heavy;
    amounts.mean[product] = (amounts.mean[product] as number) + heavy * (sample.amount[at] as number);
    const share = heavy / (cells.count[cell] as number);
    cellAmount[cell] = (cellAmount[cell] as number) + share * (sample.amount[at] as number);
    cellGap[cell] = (cellGap[cell] as number) + share * (sample.gap[at] as number);
  }
  for (let product = 0; product < products; product += 1) {
    if ((amounts.count[product] as number) > 0) {
      amounts.mean[product] = (amounts.mean[product] as number) / (amounts.count[product] as number);
    }
  }
  const ratio = (variances.tempo + variances.habit) / Math.max(variances.rest, 1e-9);
  const squares = new Float64Array(products);
  const crossed = new Float64Array(products);
  for (let at = 0; at < sample.length; at += 1) {
    const product = sample.product[at] as number;
    const cell = sample.cell[at] as number;
    const theta = 1 - 1 / Math.sqrt(1 + (cells.count[cell] as number) * ratio);
    const centre = amounts.mean[product] as number;
    const location = locations.products[product] as number;
    const x = (sample.amount[at] as number) - centre - theta * ((cellAmount[cell] as number) - centre);
    const y = (sample.gap[at] as number) - location - theta * ((cellGap[cell] as number) - location);
    const heavy = weight[at] as number;
    squares[product] = (squares[product] as number) + heavy * x * x;
    crossed[product] = (crossed[product] as number) + heavy * x * y;
  }
  return shrunk(squares, crossed, variances.rest);
}

function shrunk(squares: Float64Array, crossed: Float64Array, rest: number): Slopes {
  const products = new Float64Array(squares.length);
  let [w, wb, ww, members] = [0, 0, 0, 0];
  const precisionOf = (product: number) => (squares[product] as number) / Math.max(rest, 1e-9);
  const slopeOf = (product: number) => (crossed[product] as number) / (squares[product] as number);
  for (let product = 0; product < squares.length; product += 1) {
    const precision = precisionOf(product);
    if (precision < 1e-9) continue;
    w += precision;
    wb += precision * slopeOf(product);
    ww += precision ** 2;
    members += 1;
  }
  if (members === 0) return { all: 0, products };
  let excess = 0;
  for (let product = 0; product < squares.length; product += 1) {
    const precision = precisionOf(product);
    if (precision >= 1e-9) excess += precision * (slopeOf(product) - wb / w) ** 2;
  }
  const scale = w - ww / w;
  const between = members > 1 && scale > 0 ? Math.max(0, (excess - (members - 1)) / scale) : 0;
  let [total, pull] = [0, 0];
  for (let product = 0; product < squares.length; product += 1) {
    const precision = precisionOf(product);
    if (precision < 1e-9) continue;
    const witness = 1 / (1 / precision + between);
    total += witness;
    pull += witness * slopeOf(product);
  }
  const mean = pull / total;
  // Empirical Bayes for the one number: it counts as far as it is larger than its own error.
  const all = bounded(mean * Math.max(0, 1 - 1 / (mean ** 2 * total || 1)));
  for (let product = 0; product < squares.length; product += 1) {
    const precision = precisionOf(product);
    if (precision < 1e-9 || between === 0) products[product] = all;
    else {
      const trust = between / (between + 1 / precision);
      products[product] = bounded(trust * slopeOf(product) + (1 - trust) * all);
    }
  }
  return { all, products };
}
