import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { N8nAnswer, type N8nApi } from '../../../host/n8nApi.ts';
import { demoCredentials, provision, withCredentials } from '../../../host/provision.ts';

const service = { address: 'http://127.0.0.1:4600', apiKey: 'key' };

function recordingApi(answers: Partial<Record<keyof N8nApi, () => Promise<unknown>>> = {}) {
  const calls: string[] = [];
  let next = 0;
  const call = (name: keyof N8nApi) => (first: unknown) => {
    calls.push(`${name} ${typeof first === 'string' ? first : (first as { name: string }).name}`);
    return (answers[name] ?? (() => Promise.resolve(`id${++next}`)))();
  };
  const names = ['createCredential', 'updateCredential', 'createWorkflow', 'publishWorkflow'] as const;
  return { calls, api: Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as N8nApi };
}

function dataDir() {
  const folder = mkdtempSync(join(tmpdir(), 'journeys-provision-'));
  mkdirSync(join(folder, 'n8n'));
  return folder;
}

describe('the demo’s credentials', () => {
  it('take the mail server apart', () => {
    const [, smtp] = demoCredentials(service, 'smtps://someone%40example.com:p%40ss@mail.example.com');
    expect(smtp?.data).toEqual({
      host: 'mail.example.com',
      port: 465,
      secure: true,
      user: 'someone@example.com',
      password: 'p@ss',
    });
    expect(demoCredentials(service, 'smtp://127.0.0.1:1025')[1]?.data).toMatchObject({
      port: 1025,
      secure: false,
      user: '',
    });
  });

  it('replace those a template came with, and nothing else', () => {
    const node = {
      type: 'send',
      credentials: { commerceSmtp: { id: 'theirs', name: 'x' }, httpBasicAuth: { id: 'a', name: 'b' } },
    };
    const workflow = withCredentials(
      { name: 'Cart', nodes: [node, { type: 'note' }], connections: {}, id: 'dropped' } as Parameters<
        typeof withCredentials
      >[0],
      { credentials: { commerceSmtp: { id: 'ours', made: '' } } },
      [{ type: 'commerceSmtp', name: 'Demo inbox' }],
    );
    expect(workflow).toEqual({
      name: 'Cart',
      connections: {},
      settings: {},
      pinData: {},
      nodes: [
        {
          type: 'send',
          credentials: { commerceSmtp: { id: 'ours', name: 'Demo inbox' }, httpBasicAuth: { id: 'a', name: 'b' } },
        },
        { type: 'note' },
      ],
    });
  });
});

describe('filling n8n', () => {
  it('is done once; a changed address is written, an unchanged credential left as its owner made it', async () => {
    const folder = dataDir();
    const credentials = demoCredentials(service, 'smtp://127.0.0.1:1025');
    const first = recordingApi();
    expect(await provision(first.api, { dataDir: folder, credentials, say: () => {} })).toMatchObject({ problems: [] });
    expect(first.calls.slice(0, 2)).toEqual(['createCredential Commerce journeys', 'createCredential Demo inbox']);

    const second = recordingApi();
    await provision(second.api, { dataDir: folder, credentials, say: () => {} });
    expect(second.calls).toEqual([]);

    const moved = recordingApi();
    await provision(moved.api, {
      dataDir: folder,
      credentials: demoCredentials(service, 'smtp://127.0.0.1:2525'),
      say: () => {},
    });
    expect(moved.calls).toEqual(['updateCredential id2']);
  });

  it('makes a credential anew that somebody deleted', async () => {
    const folder = dataDir();
    await provision(recordingApi().api, {
      dataDir: folder,
      credentials: demoCredentials(service, 'smtp://127.0.0.1:1025'),
      say: () => {},
    });
    const gone = recordingApi({ updateCredential: () => Promise.reject(new N8nAnswer('PATCH', 404, 'not found')) });
    const { problems } = await provision(gone.api, {
      dataDir: folder,
      credentials: demoCredentials(service, 'smtp://127.0.0.1:2525'),
      say: () => {},
    });
    expect(problems).toEqual([]);
    expect(gone.calls).toEqual(['updateCredential id2', 'createCredential Demo inbox']);
  });

  it('imports nothing that would lack its credential, says why, and tries again the next time', async () => {
    const folder = dataDir();
    const credentials = demoCredentials(service, 'smtp://127.0.0.1:1025');
    const refusing = recordingApi({
      createCredential: () => Promise.reject(new N8nAnswer('POST', 400, 'unknown type')),
    });
    const { problems } = await provision(refusing.api, { dataDir: folder, credentials, say: () => {} });
    expect(problems[0]).toBe(
      'The credential “Commerce journeys” could not be stored. n8n answered POST with 400: unknown type.',
    );
    expect(refusing.calls.some((call) => call.startsWith('createWorkflow'))).toBe(false);
    const later = recordingApi();
    expect(await provision(later.api, { dataDir: folder, credentials, say: () => {} })).toMatchObject({ problems: [] });
    expect(later.calls).toContain('createCredential Demo inbox');
  });
});
