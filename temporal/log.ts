/** The log: JSON lines, or readable ones on a terminal. Ids of runs, customers and journeys, never names or addresses. */
import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogLevel } from './settings.ts';

/** Errors of clients carry what was sent: PostgreSQL's the row's values, axios' the whole body. None of that is for the log. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack, code } = pino.stdSerializers.err(error) as pino.SerializedError & { code?: unknown };
  return { type, message, stack, ...(code !== undefined && { code }) };
}

export function logOptions(level: LogLevel): LoggerOptions {
  return { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } };
}

export function createLog(level: LogLevel): Logger {
  const options = logOptions(level);
  if (!process.stdout.isTTY) return pino(options);
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' } },
  });
}
