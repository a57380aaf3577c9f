/** Nothing personal in the log, also not by way of an error. */
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { logOptions } from '../../temporal/log.ts';

it('writes of an error what it is, and nothing of what was sent', () => {
  const lines: string[] = [];
  const log = pino(logOptions('info'), { write: (line) => void lines.push(line) });
  const cause = Object.assign(new Error('duplicate key'), { detail: 'Key (value)=(ann@example.com) already exists.' });
  const error = Object.assign(new Error('Request failed', { cause }), {
    code: 'ECONNREFUSED',
    config: { data: '{"email":"ann@example.com"}' },
    errors: [cause],
  });
  log.warn({ err: error }, 'failed');
  expect(lines.join()).not.toContain('ann@example.com');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'failed',
    err: { type: 'Error', code: 'ECONNREFUSED', message: expect.stringContaining('Request failed') },
  });
});
