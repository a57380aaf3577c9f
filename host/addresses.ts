/** The table that `npm start` prints: where everything is, and how to get in. */
import { join } from 'node:path';
import { localAddress } from './parts/service.ts';
import type { HostSettings } from './settings.ts';

export function addressTable(settings: HostSettings, passwordWasGiven: boolean): string {
  const { service, n8n, temporal, inbox, dataDir } = settings;
  const base = localAddress(service.host, service.port);
  const login =
    n8n && `${n8n.ownerEmail}  ${passwordWasGiven ? 'password as in N8N_OWNER_PASSWORD' : n8n.ownerPassword}`;
  const rows: [string, string, string][] = [
    ['Journeys service', base, `bearer key in ${join(dataDir, 'api-key')}`],
    ['API documentation', `${base}/docs`, ''],
    ['n8n editor', service.n8nBaseUrl, login || 'runs elsewhere (N8N_BASE_URL)'],
    temporal
      ? ['Temporal UI', `http://127.0.0.1:${temporal.uiPort}`, `gRPC at ${settings.temporalAddress}`]
      : ['Temporal', settings.temporalAddress, 'runs elsewhere (TEMPORAL_ADDRESS)'],
    inbox
      ? ['Inbox', `http://127.0.0.1:${inbox.port}`, `SMTP at 127.0.0.1:${inbox.smtpPort}`]
      : ['Mail server', new URL(settings.smtpUrl).host, 'runs elsewhere (SMTP_URL)'],
    ['Logs', join(dataDir, 'logs'), ''],
  ];
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  return rows
    .map(([what, where, more]) => `  ${what.padEnd(width(0))}  ${where.padEnd(width(1))}  ${more}`.trimEnd())
    .join('\n');
}
