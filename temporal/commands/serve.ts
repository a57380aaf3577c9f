/** `commerce-journeys serve`: runs the service until it is told to stop. */
import { createLog } from '../log.ts';
import type { Role } from '../roles.ts';
import { startService } from '../service.ts';
import type { Settings } from '../settings.ts';
import { temporalAddress } from '../temporalConnection.ts';
import { openStoreOrExplain } from './openStoreOrExplain.ts';

export async function serve(settings: Settings, roles: readonly Role[]): Promise<void> {
  const log = createLog(settings.logLevel);
  const temporal = temporalAddress(process.env);
  const store = await openStoreOrExplain(settings, (error) => log.warn({ err: error }, 'a store connection was lost'));
  const applied = await store.migrate();
  if (applied.length > 0) log.info({ migrations: applied }, 'the schema of the store was brought up to date');

  const service = await startService({ settings, store, temporal, roles, log });
  try {
    await service.app.listen({ host: settings.host, port: settings.port });
  } catch (error) {
    await service.stop();
    await store.close();
    throw new Error(
      `The service cannot listen on ${settings.host}:${settings.port} (${(error as Error).message}). Is another one running? See JOURNEYS_HOST and JOURNEYS_PORT.`,
      { cause: error },
    );
  }
  if (settings.timeScale !== 1) {
    log.warn(
      { timeScale: settings.timeScale },
      'JOURNEYS_TIME_SCALE is not 1: every duration is divided by it. For demos and tests only.',
    );
  }
  log.info({ host: settings.host, port: settings.port, roles }, 'the journeys service is up');

  await stopAsked();
  log.info('stopping');
  await service.stop();
  await store.close();
  log.info('stopped');
  // Temporal's client goes on trying calls to a server that is away for 20 s and more, also after it has been closed.
  process.exit();
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
