/** The journeys service as a part of `npm start`. */
import { join } from 'node:path';
import type { PartSpec } from '../part.ts';
import type { HostSettings } from '../settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const ANSWER_WITHIN_MS = 2_000;

/**
 * Arguments for Node. Left alone, it keeps up to three times 32 MB for young objects; with 8 the service needs some 80 MB less, and
 * takes a tenth fewer events a second.
 */
export const SERVICE_ARGS = ['--max-semi-space-size=8', join(ROOT, 'temporal', 'cli.ts'), 'serve'];

export function servicePart(settings: HostSettings, n8nApiKey: string | null): PartSpec {
  const { host, port } = settings.service;
  return {
    name: 'service',
    command: process.execPath,
    args: SERVICE_ARGS,
    cwd: ROOT,
    env: {
      ...process.env,
      JOURNEYS_DATA_DIR: settings.dataDir,
      JOURNEYS_API_KEY: settings.service.apiKey,
      N8N_BASE_URL: settings.service.n8nBaseUrl,
      ...(n8nApiKey && { N8N_API_KEY: n8nApiKey }),
      TEMPORAL_ADDRESS: settings.temporalAddress,
      ...(settings.temporal && {
        TEMPORAL_UI_URL: process.env['TEMPORAL_UI_URL'] ?? `http://127.0.0.1:${settings.temporal.uiPort}`,
      }),
    },
    logFile: join(settings.dataDir, 'logs', 'service.log'),
    healthy: () => isReady(localAddress(host, port)),
    healthyWithinMs: 120_000,
    stopWithinMs: 8_000,
  };
}

/** Where this machine reaches a server that listens on `host`. */
export function localAddress(host: string, port: number): string {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
  return `http://${everywhere[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`;
}

/** Ready but for n8n, which has its own health check here and may be somebody else's. */
async function isReady(base: string): Promise<boolean> {
  const response = await fetch(`${base}/ready`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const { parts } = (await response.json()) as { parts?: Record<string, string> };
  return ['store', 'temporal', 'worker'].every((name) => parts?.[name] === 'up');
}
