/** The job `rfm` as its thread does it, in a process of its own: store, day, then how many days later. Prints the seconds of each. */
import { rfmJob } from '../../temporal/scoring/rfmJob.ts';
import { openStore } from '../../temporal/store/store.ts';

const [location = '', asOf = '', ...daysLater] = process.argv.slice(2);
const store = openStore(location);
const seconds: number[] = [];
for (const days of daysLater) {
  const begun = performance.now();
  const now = Date.parse(asOf) + (Number(days) + 0.5) * 86_400_000;
  await rfmJob({ store, now, timeScale: 1, isStopping: () => false });
  seconds.push((performance.now() - begun) / 1000);
}
await store.close();
console.log(JSON.stringify(seconds));
