/** A Temporal dev server in memory, on free ports, for one test file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { temporalBinary } from '../../host/parts/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../temporal/workflows/messages.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { until } from '../e2e/until.ts';

export interface DevServer {
  address: string;
  stop(): Promise<void>;
}

/**
 * @param settings `key=value` of Temporal's dynamic configuration
 * @param fixedPort to come back where it was
 */
export async function startDevServer(settings: string[] = [], fixedPort?: number): Promise<DevServer> {
  const port = fixedPort ?? ((await freePorts(1)) as [number])[0];
  const binary = process.env['TEMPORAL_BINARY'] ?? (await temporalBinary());
  const child: ChildProcess = spawn(
    binary,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
      ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      // Runs of one test follow each other closely.
      ...['system.forceSearchAttributesCacheRefreshOnRead=true', ...settings].flatMap((setting) => [
        '--dynamic-config-value',
        setting,
      ]),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const address = `127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  try {
    await until('the Temporal dev server', async () => {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return true;
      } finally {
        await connection.close();
      }
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}
