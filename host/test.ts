/**
 * `npm test`: everything, in the order in which it is quickest to learn that something is wrong. `npm test -- unit service`
 * runs only the named steps. What the tests need (n8n, Temporal, PostgreSQL, a browser) they get themselves.
 */
import { lintSteps } from './lint.ts';
import { run, type Step } from './steps.ts';

const vitest = (project: string): Step => ({
  name: project,
  command: 'vitest',
  args: ['run', '--project', project, '--reporter', 'verbose'],
});

const steps: Step[] = [
  ...lintSteps,
  vitest('unit'),
  vitest('service'),
  { name: 'build', command: 'node', args: ['host/build.ts'] },
  vitest('temporal'),
  vitest('e2e'),
  vitest('chaos'),
];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}.`);
  process.exitCode = 2;
} else {
  process.exitCode = await run(wanted.length > 0 ? steps.filter((step) => wanted.includes(step.name)) : steps);
}
