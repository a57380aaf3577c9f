/**
 * Builds what is published: the n8n package into `dist/`, and the service into `temporal/dist/`.
 *
 * n8n loads nodes with `require`, one file per node, and installs packages without their dependencies' scripts: so each node is
 * one CommonJS file that brings everything but n8n's own modules, in a folder that says it is CommonJS.
 */
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

export interface BuildOptions {
  /** Also the service; from a checkout it runs from its sources, so this is for publishing. */
  service?: boolean;
}

export async function build({ service = false }: BuildOptions = {}): Promise<void> {
  await buildNodes(join(ROOT, 'dist'));
  if (service) await buildService();
}

/** @param outDir becomes the package's `dist`; replaced as a whole */
export async function buildNodes(outDir: string): Promise<void> {
  const classes = await found('{nodes,credentials}/**/*.{node,credentials}.ts');
  const files = await found('{nodes,credentials}/**/*.{svg,node.json}');
  const { outputFiles } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: classes,
    outbase: ROOT,
    outdir: outDir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    external: ['n8n-workflow'],
    legalComments: 'inline',
    logLevel: 'warning',
    write: false,
  });
  // Everything is bundled before anything is removed: a build that fails leaves the last one as it was.
  await rm(outDir, { recursive: true, force: true });
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  await writeFile(join(outDir, 'package.json'), '{ "type": "commonjs" }\n');
  for (const file of files) await cp(join(ROOT, file), join(outDir, file));
}

async function buildService(): Promise<void> {
  const service = join(ROOT, 'temporal');
  const outDir = join(service, 'dist');
  await rm(outDir, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: service });
  } catch (error) {
    throw new Error(`The service does not compile:\n${(error as { stdout?: string }).stdout ?? String(error)}`);
  }
  const { bundledWorkflows } = await import('../temporal/workflowCode.ts');
  await writeFile(join(outDir, 'workflow-bundle.js'), await bundledWorkflows());
  const { writeTracker } = await import('../temporal/trackerCode.ts');
  await writeTracker(join(outDir, 'tracker.min.js'));
}

async function found(pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: ROOT })) files.push(file);
  return files.sort();
}

if (process.argv[1] === import.meta.filename) {
  await build({ service: true });
  console.log('Built dist/ (n8n package) and temporal/dist/ (service)');
}
