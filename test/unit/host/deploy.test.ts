/** The files of `deploy/` go with the rest: the same n8n and Node, every variable explained, no secret filled in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const manifest = (file: string) =>
  JSON.parse(text(file)) as { dependencies?: Record<string, string>; engines?: { node?: string } };
const compose = text('deploy/compose.yaml');
const example = text('deploy/.env.example');
const all = (source: string, pattern: RegExp): string[] => [...source.matchAll(pattern)].map((match) => match[1] ?? '');

it('runs the n8n that is tested, and the Node that the service asks for', () => {
  const images = all(compose, /image: \S*n8nio\/(?:n8n|runners):(\S+)/g);
  expect(images.length).toBeGreaterThan(1);
  expect(new Set(images)).toEqual(new Set([manifest('host/package.json').dependencies?.['n8n']]));
  const nodes = all(text('deploy/Dockerfile'), /^FROM node:(\d+)-slim/gm);
  expect(nodes.length).toBeGreaterThan(0);
  for (const node of nodes) expect(`>=${node}`).toBe(manifest('temporal/package.json').engines?.node);
});

it('explains every variable that compose asks for, and fills in no secret', () => {
  const asked = new Set(all(compose, /(?<!\$)\$\{([A-Z0-9_]+)[:?-]/g));
  const given = new Map(example.split('\n').flatMap((line) => (/^[A-Z]/.test(line) ? [pair(line)] : [])));
  expect(asked.size).toBeGreaterThan(0);
  expect([...given.keys()].sort()).toEqual([...asked].sort());
  const filled = [...given].filter(([name, value]) => /KEY|TOKEN|PASSWORD/.test(name) && value !== '');
  expect(filled).toEqual([]);
});

it('publishes ports on this machine only', () => {
  const ports = all(compose, /ports: \[(.*)\]/g);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^'127\.0\.0\.1:/);
});

function pair(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
