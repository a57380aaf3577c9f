/** A step of `npm run lint`: every template against the rules for templates. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeDescriptions } from './nodeDescriptions.ts';
import { lintTemplate, type Template } from './templateLint.ts';

const FOLDER = join(import.meta.dirname, '..', 'workflows');

/** By key, in the order of the alphabet. @throws when a file is no JSON, with its name */
export function readTemplateFiles(): [string, Template][] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => [basename(file, '.json'), parsed(file)]);
}

function parsed(file: string): Template {
  try {
    return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Template;
  } catch (error) {
    throw new Error(`workflows/${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

if (process.argv[1] === import.meta.filename) {
  const descriptions = await nodeDescriptions();
  const problems = readTemplateFiles().flatMap(([key, template]) =>
    lintTemplate(key, template, descriptions).map((problem) => `workflows/${key}.json: ${problem}`),
  );
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
