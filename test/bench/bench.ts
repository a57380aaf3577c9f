/**
 * `npm run bench`: the budgets of DESIGN section 9, measured on the whole product as `npm start` runs it, with peers in the
 * same run. `npm run bench -- intake waits` runs only the named parts,
 * and with BENCH_SCALE=0.1 the offline ones on a tenth of the data.
 */
import { cpus } from 'node:os';
import { Stack } from '../e2e/stack.ts';
import { benchFits } from './fits.ts';
import { benchImport } from './import.ts';
import { benchIntake } from './intake.ts';
import { benchJobs } from './jobs.ts';
import { benchLatency } from './latency.ts';
import { benchRendering } from './rendering.ts';
import { benchReplenish } from './replenish.ts';
import { benchRfm } from './rfm.ts';
import { benchScores } from './scores.ts';
import { benchSendDecisions } from './sendDecisions.ts';
import { markdown, type Row } from './table.ts';
import { benchTemporalCost } from './temporalCost.ts';
import { benchWaits } from './waits.ts';

const PARTS: Record<string, (stack: Stack) => Promise<Row[]>> = {
  latency: benchLatency,
  temporal: benchTemporalCost,
  waits: benchWaits,
  intake: benchIntake,
  import: benchImport,
  rendering: benchRendering,
  sends: benchSendDecisions,
};

/** Parts that need nothing but files. */
const OFFLINE_PARTS: Record<string, () => Promise<Row[]>> = {
  rfm: benchRfm,
  scores: benchScores,
  jobs: benchJobs,
  fits: benchFits,
  replenish: benchReplenish,
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !(name in PARTS) && !(name in OFFLINE_PARTS));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}. Parts: ${Object.keys({ ...OFFLINE_PARTS, ...PARTS }).join(', ')}.`,
  );
  process.exit(2);
}

const rows: Row[] = [];

async function measure<Given extends unknown[]>(
  parts: Record<string, (...given: Given) => Promise<Row[]>>,
  ...given: Given
): Promise<void> {
  for (const [name, bench] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.error(`measuring ${name} …`);
    const measured = await bench(...given);
    rows.push(...measured);
    console.error(markdown(measured));
  }
}

await measure(OFFLINE_PARTS);
if (wanted.length === 0 || wanted.some((name) => name in PARTS)) {
  const stack = await Stack.start({ JOURNEYS_LOG_LEVEL: 'warn' });
  try {
    await measure(PARTS, stack);
  } catch (error) {
    console.error(error);
    await stack.remove();
    // Servers and connections of the part that failed may still be open.
    process.exit(1);
  }
  await stack.remove();
}
console.log(`\n${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.versions.node}\n`);
console.log(markdown(rows));
process.exit(rows.some((row) => row.kept === false) ? 1 : 0);
