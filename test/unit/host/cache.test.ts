import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheRoot, goWayOut, installOnce, npmEnvironment, npmWayOut, runToEnd } from '../../../host/cache.mjs';
import { beginningOf, stillRuns, tryLock } from '../../../host/lock.mjs';

const HOST = join(import.meta.dirname, '../../../host');
const temporary = () => mkdtempSync(join(tmpdir(), 'journeys-cache-'));
const silent = () => {};
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('installing once per user', () => {
  it('installs, then finds what is there', async () => {
    const root = temporary();
    let installs = 0;
    const install = (folder: string) => {
      installs += 1;
      writeFileSync(join(folder, 'whole'), 'yes');
      return Promise.resolve();
    };
    const first = await installOnce({ name: 'thing-1', what: 'thing', install, root, log: silent });
    const second = await installOnce({ name: 'thing-1', what: 'thing', install, root, log: silent });
    expect(second).toBe(first);
    expect(installs).toBe(1);
    expect(readdirSync(root)).toEqual(['thing-1']);
  });

  it('leaves nothing behind when an install fails, and tries again the next time', async () => {
    const root = temporary();
    const failing = installOnce({
      name: 'thing',
      what: 'thing',
      root,
      log: silent,
      install: (folder) => {
        writeFileSync(join(folder, 'half'), '');
        return Promise.reject(new Error('cut off'));
      },
    });
    await expect(failing).rejects.toThrow('cut off');
    expect(readdirSync(root)).toEqual([]);
    await installOnce({ name: 'thing', what: 'thing', root, log: silent, install: () => Promise.resolve() });
    expect(readdirSync(root)).toEqual(['thing']);
  });

  it('does not count, and removes, what a killed install left', async () => {
    const root = temporary();
    mkdirSync(join(root, `thing.unfinished-${deadPid()}-abc`));
    writeFileSync(join(root, 'thing.lock'), JSON.stringify({ pid: deadPid(), began: '' }));
    await installOnce({ name: 'thing', what: 'thing', root, log: silent, install: () => Promise.resolve() });
    expect(readdirSync(root)).toEqual(['thing']);
  });

  it('installs once when several processes ask at the same time, over a stale lock', async () => {
    const root = temporary();
    writeFileSync(join(root, 'thing.lock'), JSON.stringify({ pid: deadPid(), began: '' }));
    const script = `
      import { installOnce } from ${JSON.stringify(join(HOST, 'cache.mjs'))};
      import { appendFileSync, readFileSync } from 'node:fs';
      const arrivals = ${JSON.stringify(join(root, 'arrivals'))};
      appendFileSync(arrivals, 'x');
      await installOnce({ name: 'thing', what: 'thing', root: ${JSON.stringify(root)}, log() {}, install: async () => {
        appendFileSync(${JSON.stringify(join(root, 'count'))}, 'x');
        // Still at it when the last of them asks.
        while (readFileSync(arrivals, 'utf8').length < 6) await new Promise((resolve) => setTimeout(resolve, 10));
      } });`;
    const children = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readFileSync(join(root, 'count'), 'utf8')).toBe('x');
    expect(existsSync(join(root, 'thing.lock'))).toBe(false);
  });
});

describe('the lock', () => {
  it('is held by one live process', () => {
    const file = join(temporary(), 'lock');
    const lock = tryLock(file);
    expect(tryLock(file)).toEqual({ held: false, owner: process.pid });
    if (lock.held) lock.release();
    expect(tryLock(file).held).toBe(true);
  });

  it('of a process whose number was given to another one since counts for nothing', () => {
    const file = join(temporary(), 'lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, began: 'long ago' }));
    expect(tryLock(file).held).toBe(true);
  });

  it('tells a process from a later one of the same number', () => {
    expect(stillRuns({ pid: process.pid, began: beginningOf(process.pid) })).toBe(true);
    expect(stillRuns({ pid: process.pid, began: 'long ago' })).toBe(false);
    expect(stillRuns({ pid: deadPid(), began: '' })).toBe(false);
  });
});

describe('a failed command', () => {
  it('ends with its output and the way out', async () => {
    const failing = runToEnd(process.execPath, ['-e', "console.error('npm error code ENOTFOUND'); process.exit(3)"], {
      explain: npmWayOut,
    });
    await expect(failing).rejects.toThrow(
      /npm registry could not be reached.*npm_config_registry[^]*exit code 3[^]*ENOTFOUND/,
    );
  });

  it('says which tool is missing', async () => {
    await expect(runToEnd('no-such-go', ['install'], { explain: goWayOut })).rejects.toThrow(
      /Install Go[^]*no-such-go is not installed/,
    );
  });

  it('names GOPROXY when the Go module proxy is out of reach', () => {
    expect(goWayOut('dial tcp: lookup proxy.golang.org: no such host')).toContain('GOPROXY');
    expect(goWayOut('syntax error')).toBeNull();
    expect(npmWayOut('syntax error')).toBeNull();
  });
});

it('keeps the cache where the user keeps caches', () => {
  expect(cacheRoot({ XDG_CACHE_HOME: '/var/tmp/c' })).toBe('/var/tmp/c/commerce-journeys');
});

it('hands an npm of its own the registry, but not what the npm around it is doing', () => {
  const env = {
    npm_config_registry: 'https://r.example.com',
    npm_lifecycle_event: 'start',
    npm_config_local_prefix: '/x',
    A: '1',
  };
  expect(npmEnvironment(env)).toEqual({ npm_config_registry: 'https://r.example.com', A: '1' });
});
