/**
 * `node place-nodes.mjs PACKAGE NODES`: puts the unpacked n8n package where n8n's editor would have installed it, so that node types carry the
 * package's real name. Packages that operators have installed beside it stay.
 */
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The user of n8n's image. */
const N8N_USER = 1000;

const [source, nodes] = process.argv.slice(2);
if (!source || !nodes) throw new Error('Two folders are needed: the unpacked package, and the nodes folder of n8n.');
const { name, version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const modules = join(nodes, 'node_modules');
// Not `n8n-nodes-…`: n8n would load a folder of that name, half copied or not.
const draft = join(modules, '.commerce-journeys-new');
rmSync(draft, { recursive: true, force: true });
mkdirSync(modules, { recursive: true });
cpSync(source, draft, { recursive: true });
rmSync(join(modules, name), { recursive: true, force: true });
renameSync(draft, join(modules, name));

const file = join(nodes, 'package.json');
const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { name: 'installed-nodes', private: true };
writeFileSync(
  file,
  JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, [name]: version } }, null, 2),
);
if (process.getuid?.() === 0) for (const path of [nodes, modules, file]) chownSync(path, N8N_USER, N8N_USER);
console.log(`${name} ${version} is in ${modules}`);
