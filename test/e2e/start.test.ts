/** What `npm start` says before it starts anything: wrong settings, a folder that is in use, a port that is taken. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../host/lock.mjs';

const ROOT = join(import.meta.dirname, '../..');
const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

function npmStart(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanups.push(() => child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const dataDir = () => mkdtempSync(join(tmpdir(), 'journeys-start-'));

describe('npm start', () => {
  it('names each wrong setting and ends', async () => {
    const { code, output } = await npmStart({
      JOURNEYS_DATA_DIR: dataDir(),
      N8N_PORT: 'abc',
      JOURNEYS_TIME_SCALE: 'fast',
    });
    expect(output).toContain('N8N_PORT is "abc", but has to be a port number from 1 to 65535.');
    expect(output).toContain('JOURNEYS_TIME_SCALE is "fast", but has to be a number above 0.');
    expect(code).toBe(1);
  });

  it('says so when the data folder cannot be one', async () => {
    const file = join(dataDir(), 'file');
    writeFileSync(file, '');
    const { code, output } = await npmStart({ JOURNEYS_DATA_DIR: file });
    expect(output).toContain(`JOURNEYS_DATA_DIR ${file} cannot be written`);
    expect(code).toBe(1);
  });

  it('is refused beside another one with the same data folder', async () => {
    const folder = dataDir();
    const lock = tryLock(join(folder, 'supervisor.lock'));
    cleanups.push(() => lock.held && lock.release());
    writeFileSync(join(folder, 'pids.json'), JSON.stringify({ supervisor: process.pid }));
    const { code, output } = await npmStart({ JOURNEYS_DATA_DIR: folder });
    expect(output).toContain(`runs already with the data folder ${folder} (process ${process.pid})`);
    expect(output).toContain('JOURNEYS_DATA_DIR');
    expect(code).toBe(1);
  });

  it('names the variable of a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { code, output } = await npmStart({ JOURNEYS_DATA_DIR: dataDir(), INBOX_PORT: String(port) });
    expect(output).toContain(`Port ${port} on 127.0.0.1 is taken by another program: set INBOX_PORT to a free one.`);
    expect(code).toBe(1);
  });
});
