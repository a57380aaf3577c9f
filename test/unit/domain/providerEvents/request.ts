/** Deliveries of providers as the gateway sees them, for unit tests. */
import { expect } from 'vitest';
import type { HookContent, HookReading, HookRequest } from '../../../../temporal/domain/providerEvents/hook.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');

export function hookRequest(
  body: unknown,
  headers: Record<string, string> = {},
  url = 'https://journeys.example.com/hooks/x/y',
): HookRequest {
  return {
    header: (name) => headers[name] ?? null,
    url,
    query: new URL(url).searchParams,
    body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

export function contentOf(reading: HookReading): HookContent {
  if (reading.problem !== undefined) expect.fail(`${reading.problem.path} ${reading.problem.message}`);
  return reading;
}
