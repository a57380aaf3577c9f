/** The demo's inbox: MailDev, an SMTP server with a web page. Nothing leaves the machine. */
import { join } from 'node:path';
import type { PartSpec } from '../part.ts';
import { accepts, answers } from '../reachable.ts';
import type { HostSettings } from '../settings.ts';

/** Enough for every demo and test; beyond it the oldest go, so that a forgotten one cannot fill the disk. */
const MOST_MAILS = 50_000;

export function inboxPart(settings: HostSettings, inbox: NonNullable<HostSettings['inbox']>): PartSpec {
  const flags = {
    smtp: inbox.smtpPort,
    ip: '127.0.0.1',
    web: inbox.port,
    'web-ip': '127.0.0.1',
    'mail-directory': join(settings.dataDir, 'inbox'),
    'max-emails': MOST_MAILS,
  };
  return {
    name: 'inbox',
    command: process.execPath,
    args: [
      join(import.meta.dirname, '../../node_modules/maildev/dist/bin/maildev.js'),
      // Its log would name who has got mail.
      '--silent',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    cwd: settings.dataDir,
    env: process.env,
    logFile: join(settings.dataDir, 'logs', 'inbox.log'),
    healthy: async () =>
      (await accepts('127.0.0.1', inbox.smtpPort)) && (await answers(`http://127.0.0.1:${inbox.port}/api/healthz`)),
    healthyWithinMs: 60_000,
    stopWithinMs: 2_000,
  };
}
