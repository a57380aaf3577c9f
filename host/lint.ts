/** `npm run lint`: formatting, ESLint, types and templates. `--fix` mends what can be mended. */
import { run, type Step } from './steps.ts';

const fix = process.argv.includes('--fix');

export const lintSteps: Step[] = [
  { name: 'format', command: 'prettier', args: [fix ? '--write' : '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: 'eslint', args: ['--max-warnings', '0', ...(fix ? ['--fix'] : []), '.'] },
  { name: 'types', command: 'tsc', args: ['--noEmit', '-p', '.'] },
  // Code of the browser, with the browser's types.
  { name: 'types of the tracker', command: 'tsc', args: ['--noEmit', '-p', 'temporal/tracker'] },
  { name: 'templates', command: 'node', args: ['host/lintTemplates.ts'] },
];

if (process.argv[1] === import.meta.filename) process.exitCode = await run(lintSteps);
