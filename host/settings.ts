/** What `npm start` itself needs to know beside the settings of the service: ports, the editor's owner, which parts are given. */
import { EnvironmentReader, keptSecret, readSettings, SettingsError, type Settings } from '../temporal/settings.ts';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';

export interface HostSettings {
  dataDir: string;
  service: Settings;
  /** null: N8N_BASE_URL names one that runs already. */
  n8n: { port: number; brokerPort: number; ownerEmail: string; ownerPassword: string } | null;
  /** null: TEMPORAL_ADDRESS names one that runs already. */
  temporal: { port: number; uiPort: number; namespace: string } | null;
  temporalAddress: string;
  /** null: SMTP_URL names a mail server that runs already. */
  inbox: { smtpPort: number; port: number } | null;
  smtpUrl: string;
}

type Environment = Record<string, string | undefined>;

/** n8n's own rule for passwords (@n8n/api-types, password.schema). */
const PASSWORD_RULE = /^(?=.*\d)(?=.*[A-Z]).{8,64}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const HOST_AND_PORT = /^[^\s/]+:\d{1,5}$/;

/** @throws SettingsError that names every wrong variable at once */
export function readHostSettings(env: Environment): HostSettings {
  const read = new EnvironmentReader(env);
  const dataDir = resolve(read.text('JOURNEYS_DATA_DIR', './.data'));
  const n8nPort = read.port('N8N_PORT', 5678);
  const n8n = {
    port: n8nPort,
    brokerPort: read.port('N8N_RUNNERS_BROKER_PORT', Math.min(n8nPort + 1, 65535)),
    ownerEmail: read.text('N8N_OWNER_EMAIL', 'owner@example.com'),
  };
  const temporal = {
    port: read.port('TEMPORAL_PORT', 7233),
    uiPort: read.port('TEMPORAL_UI_PORT', 8233),
    namespace: read.text('TEMPORAL_NAMESPACE', 'default'),
  };
  const inbox = { smtpPort: read.port('INBOX_SMTP_PORT', 1025), port: read.port('INBOX_PORT', 8025) };
  const temporalAddress = read.optional('TEMPORAL_ADDRESS');
  const smtpUrl = read.url('SMTP_URL', `smtp://127.0.0.1:${inbox.smtpPort}`, ['smtp:', 'smtps:']);
  const givenPassword = read.optional('N8N_OWNER_PASSWORD');

  const problems = [...read.problems];
  if (!EMAIL.test(n8n.ownerEmail))
    problems.push(`N8N_OWNER_EMAIL is "${n8n.ownerEmail}", but has to be an e-mail address.`);
  if (givenPassword !== null && !PASSWORD_RULE.test(givenPassword)) {
    problems.push(
      'N8N_OWNER_PASSWORD has to be 8 to 64 characters long with at least one number and one upper-case letter.',
    );
  }
  if (temporalAddress !== null && !HOST_AND_PORT.test(temporalAddress)) {
    problems.push(`TEMPORAL_ADDRESS is "${temporalAddress}", but has to be host:port, such as 127.0.0.1:7233.`);
  }
  const service = collect(() => readSettings(env), problems);
  const ownN8n = !read.optional('N8N_BASE_URL');
  const ownInbox = !read.optional('SMTP_URL');
  problems.push(
    ...samePorts({
      JOURNEYS_PORT: service?.port,
      ...(ownN8n && { N8N_PORT: n8n.port, N8N_RUNNERS_BROKER_PORT: n8n.brokerPort }),
      ...(temporalAddress === null && { TEMPORAL_PORT: temporal.port, TEMPORAL_UI_PORT: temporal.uiPort }),
      ...(ownInbox && { INBOX_SMTP_PORT: inbox.smtpPort, INBOX_PORT: inbox.port }),
    }),
  );
  if (!service || problems.length > 0) throw new SettingsError([...new Set(problems)]);

  return {
    dataDir,
    service,
    n8n: ownN8n
      ? { ...n8n, ownerPassword: givenPassword ?? keptSecret(dataDir, 'n8n-owner-password', makePassword) }
      : null,
    temporal: temporalAddress === null ? temporal : null,
    temporalAddress: temporalAddress ?? `127.0.0.1:${temporal.port}`,
    inbox: ownInbox ? inbox : null,
    smtpUrl,
  };
}

function collect<T>(readThem: () => T, problems: string[]): T | null {
  try {
    return readThem();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

function samePorts(ports: Record<string, number | undefined>): string[] {
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    if (port === undefined) continue;
    const other = seen.get(port);
    if (other) problems.push(`${name} and ${other} are both ${port}, but each needs a port of its own.`);
    else seen.set(port, name);
  }
  return problems;
}

/** Meets n8n's rule whatever the random part is. */
function makePassword(): string {
  return `J7-${randomBytes(15).toString('base64url')}`;
}
