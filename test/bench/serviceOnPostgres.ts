/** The service once more, on a PostgreSQL of its own whose commits reach the disk, beside the stack that the bench runs on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../e2e/freePorts.ts';
import type { Stack } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';
import { PostgresServer } from '../service/postgresServer.ts';

const CLI = join(import.meta.dirname, '..', '..', 'temporal', 'cli.ts');

export interface RunningService {
  url: string;
  pid: number;
  databaseUrl: string;
  /** As PostgreSQL does by itself about a minute after the first rows: until then it plans without knowing the tables. */
  analyse(): Promise<void>;
  stop(): Promise<void>;
}

/** Takes events and answers the API; runs no journeys. */
export async function serviceOnPostgres(stack: Stack): Promise<RunningService> {
  const server = await PostgresServer.create({ durable: true });
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [CLI, 'serve', '--role', 'api,gateway'], {
    env: {
      ...stack.env,
      DATABASE_URL: server.url(),
      JOURNEYS_PORT: String(port),
      JOURNEYS_API_KEY: stack.apiKey,
      TEMPORAL_ADDRESS: stack.addresses.temporal,
      N8N_BASE_URL: stack.addresses.n8n,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await server.remove();
  };
  try {
    await until('the service on PostgreSQL', async () => {
      if (child.exitCode !== null) return true;
      const answer = await fetch(`${url}/health`).catch(() => null);
      return answer?.ok || undefined;
    });
    if (child.exitCode !== null) throw new Error(`the service on PostgreSQL ended with ${child.exitCode}`);
  } catch (error) {
    await stop();
    throw error;
  }
  const analyse = async () => {
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    await client.query('analyze');
    await client.end();
  };
  return { url, pid: child.pid ?? 0, databaseUrl: server.url(), analyse, stop };
}
