import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHostSettings } from '../../../host/settings.ts';
import { readSettings, SettingsError } from '../../../temporal/settings.ts';
import { temporalAddress } from '../../../temporal/temporalConnection.ts';

const dataDir = () => mkdtempSync(join(tmpdir(), 'journeys-host-'));

function problemsOf(env: Record<string, string>): string[] {
  try {
    readHostSettings({ JOURNEYS_DATA_DIR: dataDir(), ...env });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings of npm start', () => {
  it('have the defaults of the contract', () => {
    const settings = readHostSettings({ JOURNEYS_DATA_DIR: dataDir() });
    expect(settings.n8n).toMatchObject({ port: 5678, brokerPort: 5679, ownerEmail: 'owner@example.com' });
    expect(settings.temporal).toEqual({ port: 7233, uiPort: 8233, namespace: 'default' });
    expect(settings.inbox).toEqual({ smtpPort: 1025, port: 8025 });
    expect(settings.smtpUrl).toBe('smtp://127.0.0.1:1025');
    expect(settings.service.port).toBe(4600);
  });

  it('lead operators to the tools that npm start runs, or to those that they are told of', () => {
    const own = readSettings({ JOURNEYS_DATA_DIR: dataDir(), TEMPORAL_UI_PORT: '9000', N8N_PORT: '9001' });
    expect(own).toMatchObject({
      operatorUrl: 'http://127.0.0.1:4600',
      n8nEditorUrl: 'http://127.0.0.1:9001',
      temporalUiUrl: 'http://127.0.0.1:9000',
      temporalNamespace: 'default',
    });
    // Nobody knows where the UI of another Temporal is.
    const elsewhere = {
      JOURNEYS_DATA_DIR: dataDir(),
      TEMPORAL_ADDRESS: 'temporal:7233',
      N8N_BASE_URL: 'http://n8n:5678',
    };
    expect(readSettings({ ...elsewhere, JOURNEYS_PUBLIC_URL: 'https://shop.example.com/' })).toMatchObject({
      operatorUrl: 'https://shop.example.com',
      n8nEditorUrl: 'http://n8n:5678',
      temporalUiUrl: null,
    });
    const told = {
      JOURNEYS_OPERATOR_URL: 'https://journeys.example.com',
      N8N_EDITOR_BASE_URL: 'https://n8n.example.com/',
      TEMPORAL_UI_URL: 'https://cloud.temporal.io/',
      TEMPORAL_NAMESPACE: 'shop.abc12',
    };
    expect(readSettings({ ...elsewhere, ...told })).toMatchObject({
      operatorUrl: 'https://journeys.example.com',
      n8nEditorUrl: 'https://n8n.example.com',
      temporalUiUrl: 'https://cloud.temporal.io',
      temporalNamespace: 'shop.abc12',
    });
    const wrong = { JOURNEYS_OPERATOR_URL: 'x', N8N_EDITOR_BASE_URL: 'ftp://x', TEMPORAL_UI_URL: 'localhost' };
    expect(problemsOf(wrong).map((problem) => problem.split(' ')[0])).toEqual(Object.keys(wrong));
  });

  it('make a password once that n8n takes, and keep it from others', () => {
    const folder = dataDir();
    const first = readHostSettings({ JOURNEYS_DATA_DIR: folder }).n8n?.ownerPassword;
    expect(first).toMatch(/^(?=.*\d)(?=.*[A-Z]).{8,64}$/);
    expect(readHostSettings({ JOURNEYS_DATA_DIR: folder }).n8n?.ownerPassword).toBe(first);
    const file = join(folder, 'n8n-owner-password');
    expect(readFileSync(file, 'utf8').trim()).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('start no part whose address is given', () => {
    const settings = readHostSettings({
      JOURNEYS_DATA_DIR: dataDir(),
      N8N_BASE_URL: 'https://n8n.example.com/',
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      SMTP_URL: 'smtps://user:secret@mail.example.com',
    });
    expect(settings).toMatchObject({
      n8n: null,
      temporal: null,
      inbox: null,
      temporalAddress: 'temporal.example.com:7233',
    });
    expect(settings.service.n8nBaseUrl).toBe('https://n8n.example.com');
  });

  it('name every wrong value in a sentence', () => {
    const problems = problemsOf({
      N8N_PORT: 'abc',
      INBOX_PORT: '70000',
      N8N_OWNER_EMAIL: 'nobody',
      N8N_OWNER_PASSWORD: 'short',
      TEMPORAL_ADDRESS: 'http://temporal',
      SMTP_URL: 'mail.example.com:25',
      JOURNEYS_TIME_SCALE: '0',
    });
    for (const name of [
      ...['N8N_PORT', 'INBOX_PORT', 'N8N_OWNER_EMAIL', 'N8N_OWNER_PASSWORD', 'TEMPORAL_ADDRESS', 'SMTP_URL'],
      'JOURNEYS_TIME_SCALE',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(`${name} `))).toHaveLength(1);
    }
    expect(problems).toHaveLength(7);
    expect(problems.join()).not.toContain('short');
  });

  it.each([
    ['JOURNEYS_HOST', '999.1.1.1'],
    ['TEMPORAL_PORT', 'x'],
    ['TEMPORAL_ADDRESS', 'temporal:x'],
    ['TEMPORAL_TLS', 'maybe'],
    ['JOURNEYS_DOUBLE_OPT_IN', 'maybe'],
    ['JOURNEYS_FINGERPRINTS', 'yes'],
    ['JOURNEYS_TRACK_OPENS', 'true'],
    ['JOURNEYS_TRACK_CLICKS', 'no'],
    ['JOURNEYS_OPT_IN_EXPIRY', '7 days'],
    ['JOURNEYS_TRUST_PROXY', 'everybody'],
    ['JOURNEYS_TRUST_PROXY', '10.0.0.0/33'],
    ['JOURNEYS_TRUST_PROXY', 'none,10.0.0.1'],
    ['TEMPORAL_TLS_CLIENT_CERT_PATH', '/nowhere/client.pem'],
  ])('name %s alone, also when the service is started by itself', (name, value) => {
    const env = { JOURNEYS_DATA_DIR: dataDir(), [name]: value };
    expect(() => readSettings(env)).toThrow(new RegExp(`^${name} .*$`));
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name} `);
  });

  it('believe the proxies that are named', () => {
    const proxies = (value?: string) =>
      readSettings({ JOURNEYS_DATA_DIR: dataDir(), ...(value !== undefined && { JOURNEYS_TRUST_PROXY: value }) })
        .trustProxy;
    expect(proxies()).toEqual(['loopback']);
    expect(proxies('none')).toEqual([]);
    expect(proxies('uniquelocal, 203.0.113.7,2001:db8::/32')).toEqual(['uniquelocal', '203.0.113.7', '2001:db8::/32']);
  });

  it('take an empty address of Temporal for none', () => {
    expect(temporalAddress({ TEMPORAL_ADDRESS: '' }).connectionOptions.address).toBe('127.0.0.1:7233');
  });

  it('refuse one port for two parts', () => {
    expect(problemsOf({ INBOX_PORT: '5678' })).toEqual([
      'INBOX_PORT and N8N_PORT are both 5678, but each needs a port of its own.',
    ]);
    expect(problemsOf({ INBOX_PORT: '5678', N8N_BASE_URL: 'http://127.0.0.1:9999' })).toEqual([]);
  });
});

describe('JOURNEYS_EVENT_RETENTION', () => {
  const retention = (text?: string) =>
    readSettings({ JOURNEYS_DATA_DIR: dataDir(), ...(text !== undefined && { JOURNEYS_EVENT_RETENTION: text }) })
      .eventRetentionMs;

  it('is for ever, or a duration of at least 30 days', () => {
    expect(retention()).toBeNull();
    expect(retention('Forever')).toBeNull();
    expect(retention('P730D')).toBe(730 * 86_400_000);
  });

  it.each(['P7D', '2 years', 'P2Y', 'never'])('names %s as wrong', (text) => {
    expect(() => retention(text)).toThrow(`JOURNEYS_EVENT_RETENTION is "${text}"`);
  });
});

describe('JOURNEYS_ANONYMOUS_RETENTION', () => {
  const retention = (text?: string, more = {}) =>
    readSettings({
      ...{ JOURNEYS_DATA_DIR: dataDir(), ...more },
      ...(text !== undefined && { JOURNEYS_ANONYMOUS_RETENTION: text }),
    }).anonymousRetentionMs;

  it('is 90 days, for ever, or a duration of at least a day, and always in real time', () => {
    expect(retention()).toBe(90 * 86_400_000);
    expect(retention('', { JOURNEYS_TIME_SCALE: '86400' })).toBe(90 * 86_400_000);
    expect(retention('FOREVER')).toBeNull();
    expect(retention('PT24H')).toBe(86_400_000);
  });

  it.each(['PT23H', '90', '3 months', 'P3M', 'never'])('names %s as wrong', (text) => {
    expect(() => retention(text)).toThrow(
      `JOURNEYS_ANONYMOUS_RETENTION is "${text}", but has to be forever, or at least 1 day, such as P90D.`,
    );
    expect(problemsOf({ JOURNEYS_ANONYMOUS_RETENTION: text })).toHaveLength(1);
  });
});
