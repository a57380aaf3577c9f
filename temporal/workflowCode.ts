/** The workflows' code for the worker: built ahead when `npm run build` has run, else bundled from source at start. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkerOptions } from '@temporalio/worker';

const SOURCE = fileURLToPath(new URL('./workflows/customerJourney.ts', import.meta.url));
const BUILT_SOURCE = fileURLToPath(new URL('./workflows/customerJourney.js', import.meta.url));
/** Beside this file once it is compiled into `dist/`; never beside the source, where it would grow stale unnoticed. */
const PREBUILT = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));

export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(PREBUILT)) return { workflowBundle: { codePath: PREBUILT } };
  return { workflowsPath: existsSync(SOURCE) ? SOURCE : BUILT_SOURCE };
}

/** For the build. @param file where to write the bundle, `dist/workflow-bundle.js` beside the compiled worker */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath: existsSync(SOURCE) ? SOURCE : BUILT_SOURCE });
  await writeFile(file, code);
}
