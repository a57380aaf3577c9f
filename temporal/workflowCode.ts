/** The workflows' code for the worker: built ahead when `npm run build` has run, else bundled from source at start. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WorkflowBundleOption } from '@temporalio/worker';

/** Beside this file once it is compiled into `dist/`; never beside the source, where it would grow stale unnoticed. */
const PREBUILT = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const BUNDLER = fileURLToPath(new URL(`./bundleWorkflows${ENDING}`, import.meta.url));
/** Of the bundle, in bytes: a few times what it is. */
const LARGEST = 64 * 1024 * 1024;

/** @param signal ends the bundling */
export async function workflowCode(signal?: AbortSignal): Promise<WorkflowBundleOption> {
  return existsSync(PREBUILT) ? { codePath: PREBUILT } : { code: await bundledWorkflows(signal) };
}

/** In a process of its own: what the bundler needs of memory, a good 100 MB, goes with it. */
export async function bundledWorkflows(signal?: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [BUNDLER], { maxBuffer: LARGEST, signal });
  return stdout;
}
