import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../../host/lock.mjs';
import { Part, restartDelay, type PartSpec } from '../../../host/part.ts';
import { readPids, stopLeftovers, writePids } from '../../../host/pids.ts';

const parts: Part[] = [];
afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

function partOf(script: string, changes: Partial<PartSpec> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-part-'));
  const said: string[] = [];
  const spec: PartSpec = {
    name: 'thing',
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'logs', 'thing.log'),
    healthy: () => Promise.resolve(true),
    healthyWithinMs: 10_000,
    stopWithinMs: 2_000,
    ...changes,
  };
  const part = new Part(
    spec,
    (line) => said.push(line),
    () => {},
  );
  parts.push(part);
  return { part, said, folder };
}

const RUNS = 'setInterval(() => {}, 1000)';

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 50) {
    if (waited > 10_000) throw new Error('Waited in vain.');
    await sleep(50);
  }
}

describe('a part', () => {
  it('is started, and ended by SIGTERM', async () => {
    const { part } = partOf(RUNS);
    await part.start();
    const { pid } = part;
    expect(isAlive(pid ?? 0)).toBe(true);
    await part.stop();
    expect(part.pid).toBeNull();
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  it('is killed when it does not end in time, with what it has started', async () => {
    const script = `process.on('SIGTERM', () => {}); console.log('child', require('child_process').spawn(process.execPath, ['-e', '${RUNS}']).pid); ${RUNS}`;
    const { part, said } = partOf(script, { stopWithinMs: 300 });
    await part.start();
    await until(() => /child \d+/.test(readFileSync(part.spec.logFile, 'utf8')));
    const child = Number(/child (\d+)/.exec(readFileSync(part.spec.logFile, 'utf8'))?.[1]);
    await part.stop();
    expect(said.join()).toContain('did not end within 0.3 s');
    await until(() => !isAlive(child));
  });

  it('that dies comes back by itself', async () => {
    const { part, said } = partOf(RUNS);
    await part.start();
    const first = part.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until(() => part.pid !== null && part.pid !== first);
    await until(() => said.includes('✓ thing is back'));
    expect(said[0]).toContain('thing ended (SIGKILL); starting it again in 1 s');
  });

  it('that cannot start at all is not tried for ever, and its own words are shown', async () => {
    const { part } = partOf(`console.error('DATABASE_URL is wrong'); process.exit(1)`, {
      healthy: () => Promise.resolve(false),
    });
    await expect(part.start()).rejects.toThrow(/thing ended 3 times instead of starting[^]*DATABASE_URL is wrong/);
  });

  it('waits longer before each restart in a row, up to 30 s', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(restartDelay)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });
});

describe('what a killed supervisor left running', () => {
  it('is ended, and a stranger with the same number is not', async () => {
    const mine = partOf(RUNS).part;
    const stranger = partOf(RUNS).part;
    await mine.start();
    await stranger.start();
    const folder = mkdtempSync(join(tmpdir(), 'journeys-pids-'));
    const ended = mine.pid ?? 0;
    writePids(folder, { service: ended, n8n: stranger.pid ?? 0, supervisor: 1 });
    expect(readPids(folder).service).toBe(ended);
    const marksFile = join(folder, '.process-marks.json');
    const marks = JSON.parse(readFileSync(marksFile, 'utf8')) as Record<string, { began: string }>;
    if (marks['n8n']) marks['n8n'].began = 'another boot:1';
    writeFileSync(marksFile, JSON.stringify(marks));
    await stopLeftovers(folder, () => {});
    expect(isAlive(ended)).toBe(false);
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
    expect(readPids(folder)).toEqual({});
  });
});
