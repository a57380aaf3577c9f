/** The log: JSON lines, or readable ones on a terminal. Ids of runs, customers and journeys, never names or addresses. */
import pino, { type Logger } from 'pino';
import type { LogLevel } from './settings.ts';

export function createLog(level: LogLevel): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stdout.isTTY) return pino(options);
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' } },
  });
}
