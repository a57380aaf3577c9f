/** Reading foreign JSON: what is not of the kind it should be is as if it were not there. */
import type { FieldProblem } from '../identity.ts';
import { readJson } from '../jsonBytes.ts';
import { isMachine } from '../machineVisit.ts';
import { readTime } from '../textValues.ts';
import type { HookReading } from './hook.ts';

export type Json = Record<string, unknown>;

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const recordAt = (value: unknown, key: string): Json => {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
};

export const listAt = (value: unknown, key: string): unknown[] => {
  const inner = isRecord(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner : [];
};

/** A number is a text, too; null: neither, or empty. */
export function textAt(value: unknown, key: string): string | null {
  const inner = isRecord(value) ? value[key] : undefined;
  if (typeof inner === 'number') return String(inner);
  return typeof inner === 'string' && inner.trim() !== '' ? inner.trim() : null;
}

/** Unix seconds, as number or text. @returns epoch ms; null when it is none */
export function secondsAt(value: unknown, key: string): number | null {
  const text = textAt(value, key);
  return text !== null && /^\d{1,11}(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : null;
}

/** RFC 3339. @returns epoch ms; null when it is none */
export const timeAt = (value: unknown, key: string): number | null => readTime(textAt(value, key));

/** `Ada <ada@example.com>` or the address alone. */
export function addressIn(text: string | null): string | null {
  const [, inBrackets] = /<([^<>]+)>\s*$/.exec(text ?? '') ?? [];
  return inBrackets ?? text;
}

/** Opened, or followed, by a program as its name says; providers that name none leave it open: it was the person then. */
export const isProgram = (userAgent: string | null): boolean =>
  userAgent !== null && isMachine({ userAgent, purpose: '', sinceSent: null });

/** @param read of a body that is a JSON object */
export function readObject(body: Buffer, read: (json: Json) => HookReading): HookReading {
  const json = readJson(body);
  if (json.problem !== undefined) return json;
  return isRecord(json.value) ? read(json.value) : { problem: notThis('has to be a JSON object') };
}

export const notThis = (message: string): FieldProblem => ({ path: '', message });
