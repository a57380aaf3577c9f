/**
 * `npm ci` refuses a lockfile that lacks an optional package for any platform, and npm writes such a lockfile without a word when its
 * registry does not have one of them (mirrors lag behind): then a fresh clone could not be installed. Pin such a package by `overrides`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Lockfile {
  packages: Record<string, { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }>;
}

function missing(file: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')) as Lockfile;
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter(([name]) => !isFound(packages, path, name))
      .map(([name, version]) => `${name}@${version} of ${path}`),
  );
}

/** As Node looks it up: in the package's own node_modules, then in those of the folders above. */
function isFound(packages: Lockfile['packages'], path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in packages) return true;
    if (!folder.includes('node_modules/')) return `node_modules/${name}` in packages;
  }
}

it.each(['package-lock.json', 'host/package-lock.json'])('%s is whole', (file) => {
  expect(missing(file)).toEqual([]);
});
