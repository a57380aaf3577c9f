/**
 * Fills an empty n8n once: the demo's credentials, and the template workflows, published. What was done is noted in n8n's own folder,
 * so that a new n8n folder is filled again and an operator's later changes are left alone.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptSecret } from '../temporal/settings.ts';
import type { PublishedTemplates, ServiceAddress } from './journeysKnown.ts';
import { N8nAnswer, type N8nApi, type N8nWorkflow } from './n8nApi.ts';
import { n8nUserFolder } from './parts/n8n.ts';

const TEMPLATES = join(import.meta.dirname, '..', 'workflows');
const SMTP_PORT = 25;
const SMTPS_PORT = 465;

interface Credential {
  name: string;
  type: string;
  data: object;
}

interface Note {
  /** By credential type; `made` is a digest of what we wrote, to see whether it has to be written anew. */
  credentials: Record<string, { id: string; made: string }>;
  /** By template key. */
  workflows: Record<string, { id: string; published: boolean }>;
  done: boolean;
}

export function demoCredentials(service: ServiceAddress, smtpUrl: string): Credential[] {
  const smtp = new URL(smtpUrl);
  const secure = smtp.protocol === 'smtps:';
  return [
    {
      name: 'Commerce journeys',
      type: 'commerceJourneysApi',
      data: { baseUrl: service.address, apiKey: service.apiKey },
    },
    {
      name: 'Demo inbox',
      type: 'commerceSmtp',
      data: {
        host: smtp.hostname.replace(/^\[|\]$/g, ''),
        port: Number(smtp.port) || (secure ? SMTPS_PORT : SMTP_PORT),
        secure,
        user: decodeURIComponent(smtp.username),
        password: decodeURIComponent(smtp.password),
      },
    },
  ];
}

export interface Provisioned {
  /** Sentences about what did not work; the rest goes on. */
  problems: string[];
  /** Now, not by an earlier start. */
  published: PublishedTemplates;
}

export async function provision(
  api: N8nApi,
  options: { dataDir: string; credentials: Credential[]; say: (line: string) => void },
): Promise<Provisioned> {
  const file = join(n8nUserFolder(options.dataDir), 'commerce-journeys.json');
  const note = readNote(file);
  const keep = () => writeNote(file, note);
  const problems: string[] = [];
  const published: PublishedTemplates = { journeys: [], shopWorkflows: [] };

  for (const credential of options.credentials) {
    try {
      await bringUpToDate(api, note, credential);
      keep();
    } catch (error) {
      problems.push(`The credential “${credential.name}” could not be stored. ${reason(error)}`);
    }
  }
  // Templates imported without them could not be published, and would keep the gap.
  if (note.done || problems.length > 0) return { problems, published };

  for (const { key, workflow } of readTemplates()) {
    try {
      const imported = (note.workflows[key] ??= {
        id: await api.createWorkflow(withCredentials(workflow, note, options.credentials)),
        published: false,
      });
      keep();
      if (imported.published) continue;
      await api.publishWorkflow(imported.id);
      imported.published = true;
      if (has(workflow, 'journeyTrigger')) published.journeys.push(key);
      if (has(workflow, 'commerceTrigger')) published.shopWorkflows.push(imported.id);
      keep();
      options.say(`✓ template “${workflow.name}” imported and published`);
    } catch (error) {
      problems.push(
        `The template ${key} could not be ${note.workflows[key] ? 'published' : 'imported'}. ${reason(error)} ` +
          'The next start tries it again; or open it in the editor, where n8n shows what is wrong, and publish it there.',
      );
    }
  }
  note.done = problems.length === 0;
  keep();
  return { problems, published };
}

const has = ({ nodes }: N8nWorkflow, node: string) => nodes.some(({ type }) => type.endsWith(`.${node}`));

const DEMO_SHOP = 'shop';

/**
 * The connection that the shop-intake template listens to, unless it is there: an own shop, whose events are signed with a
 * secret kept like the API key. @throws Error with a sentence for people
 */
export async function makeDemoShop({ address, apiKey }: ServiceAddress, dataDir: string): Promise<void> {
  const url = `${address}/v1/connections/${DEMO_SHOP}`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const found = await fetch(url, { headers });
  if (found.ok) return;
  const secret = keptSecret(dataDir, 'shop-secret');
  const made = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ kind: 'custom', secret }) });
  if (!made.ok) throw new Error(`The demo's connection "${DEMO_SHOP}" could not be made (${made.status}).`);
}

/** Written again only when what we would write has changed: what an operator has made of it since stays otherwise. */
async function bringUpToDate(api: N8nApi, note: Note, credential: Credential): Promise<void> {
  const made = createHash('sha256').update(JSON.stringify(credential)).digest('hex');
  const known = note.credentials[credential.type];
  if (known?.made === made) return;
  if (known) {
    try {
      await api.updateCredential(known.id, credential);
      note.credentials[credential.type] = { id: known.id, made };
      return;
    } catch (error) {
      // Deleted in the editor: made anew below.
      if (!(error instanceof N8nAnswer) || error.status !== 404) throw error;
    }
  }
  note.credentials[credential.type] = { id: await api.createCredential(credential), made };
}

function readTemplates(): { key: string; workflow: N8nWorkflow }[] {
  if (!existsSync(TEMPLATES)) return [];
  return readdirSync(TEMPLATES)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      key: file.slice(0, -'.json'.length),
      workflow: JSON.parse(readFileSync(join(TEMPLATES, file), 'utf8')) as N8nWorkflow,
    }));
}

/** The template as n8n's API takes it, its credentials being the ones made here. */
export function withCredentials(
  { name, nodes, connections, settings }: N8nWorkflow,
  note: Pick<Note, 'credentials'>,
  credentials: Pick<Credential, 'name' | 'type'>[],
): N8nWorkflow {
  const ours = new Map(
    credentials.map(({ type, name: label }) => [type, { id: note.credentials[type]?.id ?? null, name: label }]),
  );
  return {
    name,
    connections,
    settings: settings ?? {},
    // With none at all, n8n 2.41 cannot execute a single step of the workflow in the editor.
    pinData: {},
    nodes: nodes.map((node) => {
      if (!node.credentials) return node;
      const replaced = Object.entries(node.credentials).map(
        ([type, given]) => [type, ours.get(type) ?? given] as const,
      );
      return { ...node, credentials: Object.fromEntries(replaced) };
    }),
  };
}

function reason(error: unknown): string {
  return `${(error as Error).message}.`.replace(/\.\.$/, '.');
}

function readNote(file: string): Note {
  if (!existsSync(file)) return { credentials: {}, workflows: {}, done: false };
  return JSON.parse(readFileSync(file, 'utf8')) as Note;
}

function writeNote(file: string, note: Note): void {
  writeFileSync(`${file}.new`, JSON.stringify(note, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
