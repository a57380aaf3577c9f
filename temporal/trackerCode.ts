/** The browser tracker's code: built ahead when `npm run build` has run, else made from its source at start. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./tracker/tracker.ts', import.meta.url));
/** Beside this file once it is compiled into `dist/`; never beside the source, where it would grow stale unnoticed. */
const PREBUILT = fileURLToPath(new URL('./tracker.min.js', import.meta.url));

export async function trackerCode(): Promise<string> {
  return existsSync(PREBUILT) ? await readFile(PREBUILT, 'utf8') : await minifiedTracker();
}

/** For the build. @param file where to write the script, `dist/tracker.min.js` */
export async function writeTracker(file: string): Promise<void> {
  await writeFile(file, await minifiedTracker());
}

async function minifiedTracker(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [SOURCE],
    bundle: true,
    minify: true,
    format: 'iife',
    // Browsers since 2020.
    target: 'es2020',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
