/** `npm start`: gets, starts and watches everything on one machine until it is told to stop (CONTRACT sections 1 and 2). */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { SettingsError } from '../temporal/settings.ts';
import { addressTable } from './addresses.ts';
import { reloadOnChange } from './dev.ts';
import { ownDataDir } from './ownership.ts';
import { removePids } from './pids.ts';
import { readHostSettings, type HostSettings } from './settings.ts';
import { Stack } from './stack.ts';

// The data folder holds personal data and keys: what this process and its parts write is for this user's eyes only.
process.umask(0o077);

const say = (line: string) => console.log(line);
// Whoever read our output may go away (`npm start | head`): that must not end the parts.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.exitCode = await main();

async function main(): Promise<number> {
  // From here on, so that a Ctrl-C during a long download is an orderly stop, too.
  const stopAsked = new Promise<'stop'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve('stop'));
  });
  let giveBack: () => void;
  let settings: HostSettings;
  try {
    settings = readHostSettings(process.env);
    prepareDataDir(settings.dataDir);
    giveBack = await ownDataDir(settings.dataDir, say);
  } catch (error) {
    complain(error);
    return 1;
  }

  const stack = new Stack(settings, say);
  const outcome = await Promise.race([
    stack.start().then(
      () => 'up' as const,
      (error: unknown) => ({ error }),
    ),
    stopAsked,
  ]);
  if (outcome === 'up') {
    announce(settings);
    const endReloading = process.argv.includes('--dev') ? reloadOnChange(stack, say) : () => {};
    await stopAsked;
    endReloading();
  } else if (outcome !== 'stop') complain(outcome.error);

  say('… stopping');
  await stack.stop();
  removePids(settings.dataDir);
  giveBack();
  say('stopped');
  // Something may still be under way (a download that was interrupted): it ends with us.
  setImmediate(() => process.exit());
  return outcome === 'up' || outcome === 'stop' ? 0 : 1;
}

function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    throw new SettingsError([`JOURNEYS_DATA_DIR ${dataDir} cannot be written: ${(error as Error).message}.`]);
  }
}

function announce(settings: HostSettings): void {
  const { timeScale } = settings.service;
  say(`\n${addressTable(settings, Boolean(process.env['N8N_OWNER_PASSWORD']?.trim()))}\n`);
  if (timeScale !== 1)
    say(`!! JOURNEYS_TIME_SCALE is ${timeScale}: every duration is divided by it. For demos and tests only.\n`);
  say('ready');
}

function complain(error: unknown): void {
  if (error instanceof SettingsError) for (const problem of error.problems) console.error(problem);
  else console.error(error instanceof Error ? error.message : error);
}
