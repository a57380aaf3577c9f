/** Runs the steps of `npm test` and `npm run lint` one after the other and says how each went. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Step {
  name: string;
  /** A tool from node_modules/.bin, or `node`. */
  command: string;
  args: string[];
}

const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'node_modules', '.bin');

/** @returns the exit code: 0 when every step passed; a failed step does not keep the others from running */
export async function run(steps: Step[]): Promise<number> {
  const results: { name: string; passed: boolean; seconds: number }[] = [];
  for (const step of steps) {
    console.log(`\n── ${step.name} ${'─'.repeat(Math.max(3, 60 - step.name.length))}`);
    const begun = Date.now();
    const passed = await runStep(step);
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(`── ${step.name}: ${passed ? 'passed' : 'FAILED'} after ${seconds} s`);
    results.push({ name: step.name, passed, seconds });
  }
  const failed = results.filter((result) => !result.passed);
  console.log(
    `\nSteps: ${results.map(({ name, passed, seconds }) => `${name} ${passed ? 'ok' : 'FAILED'} (${seconds} s)`).join(' · ')}`,
  );
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

function runStep(step: Step): Promise<boolean> {
  const command = step.command === 'node' ? process.execPath : join(BIN, step.command);
  const child = spawn(command, step.args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${step.name} could not be started: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}
