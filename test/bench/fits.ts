/**
 * Maximum likelihood fits of 100,000 customers (BENCH_SCALE of them) beside Python's lifetimes: the same rows, the same model, the time
 * of the fit alone. Both must end at the same likelihood, or one of them has not fitted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODELS } from '../../temporal/domain/clv/fit.ts';
import { MODEL_NAMES, type ModelName, type Params } from '../../temporal/domain/clv/purchaseModel.ts';
import { summariesOf, type PurchaseHistory } from '../../temporal/domain/clv/summary.ts';
import { lifetimesPython } from './lifetimes.ts';
import { measured } from './memory.ts';
import { random, writeRows } from './rowsOfFile.ts';
import { times, type Row } from './table.ts';

const CUSTOMERS = Math.round(100_000 * Number(process.env.BENCH_SCALE ?? 1));
const SEED = 20261122;
const DAYS = 730;

interface Fitted {
  seconds: number;
  params: Params;
  peakMb: number;
}

export async function benchFits(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-fits-'));
  try {
    const file = join(folder, 'histories.csv');
    await writeRows(file, 'x,tx,T', rows());
    const summaries = summariesOf(historiesIn(readFileSync(file, 'utf8')));
    const python = await lifetimesPython().catch((error: unknown) => error as Error);
    const likelihood = (model: ModelName, { params }: Fitted): number =>
      MODELS[model].total(params, summaries, new Float64Array(4));
    const measuredRows: Row[] = [];
    for (const model of MODEL_NAMES) {
      const own = await fitted(process.execPath, [join(import.meta.dirname, 'fitOwn.ts'), model, file]);
      const work = `fit of ${MODELS[model].title} to ${CUSTOMERS.toLocaleString('en')} customers`;
      if (python instanceof Error) {
        const peer = `lifetimes could not be had: ${python.message}`;
        measuredRows.push({ work, measured: words(own), peer, ratio: '–', budget: '≤ 1×', kept: null });
        continue;
      }
      const peer = await fitted(python, [join(import.meta.dirname, 'fitWithLifetimes.py'), model, file]);
      const behind = likelihood(model, peer) - likelihood(model, own);
      if (behind > 0.01) throw new Error(`lifetimes found a higher likelihood of ${model}: by ${behind}.`);
      measuredRows.push({
        work,
        measured: words(own),
        peer: `lifetimes: ${words(peer)}${behind < -1 ? `, log-likelihood lower by ${(-behind).toFixed(0)}` : ''}`,
        ratio: times(own.seconds / peer.seconds),
        budget: '≤ 1×',
        kept: own.seconds <= peer.seconds,
      });
    }
    return measuredRows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = ({ seconds, peakMb }: Fitted): string => `${seconds.toFixed(2)} s, peak ${peakMb.toFixed(0)} MB`;

async function fitted(command: string, args: string[]): Promise<Fitted> {
  const { output, peakMb } = await measured(command, args);
  return { ...(JSON.parse(output) as { seconds: number; params: Params }), peakMb };
}

export function* historiesIn(csv: string): Generator<PurchaseHistory> {
  for (const line of csv.trimEnd().split('\n').slice(1)) {
    const [x, tx, T] = line.split(',').map(Number) as [number, number, number];
    yield { x, tx, T };
  }
}

/** Customers as Pareto/NBD has them: each with a rate and a lifetime of their own, watched for up to two years. */
function* rows(): Generator<string> {
  const below = random(SEED);
  const uniform = (): number => (below(2 ** 30) + 0.5) / 2 ** 30;
  const exponential = (rate: number): number => -Math.log(uniform()) / rate;
  for (let customer = 0; customer < CUSTOMERS; customer++) {
    const T = 1 + below(DAYS);
    // Gamma with shape 1/2 is half the square of a normal number (Box, Muller 1958).
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const rate = (normal * normal) / 2 / 20 + 1e-9;
    // Pareto: exponential with a rate that is itself exponential.
    const lifetime = exponential(exponential(120));
    let [x, tx] = [0, 0];
    for (let day = exponential(rate); day < Math.min(T, lifetime); day += exponential(rate)) {
      // Purchases of one day are one.
      if (Math.ceil(day) > tx && Math.ceil(day) <= T) [x, tx] = [x + 1, Math.ceil(day)];
    }
    yield `${x},${tx},${T}`;
  }
}
