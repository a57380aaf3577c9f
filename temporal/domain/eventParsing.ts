/** Body of `POST /v1/events` → canonical events, or what is wrong with them (CONTRACT section 3, "The event"). */
import {
  CHANNELS,
  CONSENT_STATES,
  CORE_EVENT_TYPES,
  CUSTOM_TYPE,
  FURTHER_EVENT_TYPES,
  type CanonicalEvent,
  type Channel,
  type ConsentState,
  type ConsentStatement,
  type EventType,
} from './event.ts';
import { readProperties } from './eventProperties.ts';
import { readFingerprint } from './fingerprint.ts';
import { escapePointer, readIdentity, type FieldProblem } from './identity.ts';
import { aliasedType } from './mapping/trackedNames.ts';
import { trackedProperties } from './mapping/trackedProperties.ts';
import { isoTime, readId, readTime } from './textValues.ts';

export const MAX_EVENTS = 1000;
export const DEFAULT_SOURCE = 'custom';
/** Clocks differ; more than a day ahead is a mistake. */
const FUTURE_MS = 24 * 3600_000;

export interface ParsedEvent {
  event: CanonicalEvent;
  /** Epoch ms. */
  occurredAt: number;
  /** Wanted properties that are missing: `price`, `category`, `discount`, `campaign`. */
  underTracked: string[];
  /** Imported: it counts, and ends what it has to end, but starts no journey. */
  isHistory?: boolean;
  /** Of somebody who has agreed to it; null: no longer. It is no part of the event and is not stored with it. */
  fingerprint?: string | null;
}

export interface Rejection {
  index: number;
  /** JSON Pointer within the event. */
  path: string;
  message: string;
}

export type ParsedBody =
  | { kind: 'events'; single: boolean; events: { index: number; parsed: ParsedEvent }[]; rejected: Rejection[] }
  | { kind: 'tooMany'; count: number }
  | { kind: 'noEvents'; message: string };

/** @param now epoch ms */
export function parseEventsBody(body: unknown, now: number): ParsedBody {
  if (!isRecord(body)) return { kind: 'noEvents', message: 'The body has to be one event, or {"events": […]}.' };
  const single = !('events' in body);
  const list: unknown = single ? [body] : body['events'];
  if (!Array.isArray(list)) return { kind: 'noEvents', message: '"events" has to be a list of events.' };
  if (list.length === 0) return { kind: 'noEvents', message: '"events" is empty: send at least one event.' };
  if (list.length > MAX_EVENTS) return { kind: 'tooMany', count: list.length };
  const events: { index: number; parsed: ParsedEvent }[] = [];
  const rejected: Rejection[] = [];
  list.forEach((value: unknown, index) => {
    const result = parseEvent(value, now);
    if ('event' in result) events.push({ index, parsed: result });
    else rejected.push({ index, ...result });
  });
  return { kind: 'events', single, events, rejected };
}

/** @returns the event, or the path of its first problem and a sentence for all of them */
export function parseEvent(value: unknown, now: number): ParsedEvent | FieldProblem {
  if (!isRecord(value)) return { path: '', message: 'is no event: a JSON object is needed' };
  let problems: FieldProblem[] = [];
  const id = readRequired(value['id'], '/id', 'the dedupe key of the event within its source', problems);
  const { type, isAlias } = readType(value['type'], problems);
  const occurredAt = readOccurredAt(value['occurredAt'], now, problems);
  const source = isAbsent(value['source'])
    ? DEFAULT_SOURCE
    : readRequired(value['source'], '/source', 'where the event comes from', problems);
  const { identity, problems: identityProblems } = readIdentity(value['identity'], '/identity');
  problems = problems.concat(identityProblems);
  const given = value['properties'];
  if (!isAbsent(given) && !isRecord(given)) {
    problems.push({ path: '/properties', message: 'has to be a JSON object' });
  }
  const properties = isRecord(given) ? given : {};
  // A tracker's name comes with the tracker's names of properties.
  const named = isAlias ? trackedProperties(type, properties, { currency: null, checkoutId: id }) : properties;
  const read = readProperties(type, named);
  problems = problems.concat(read.problems);
  const { fingerprint, problem: badFingerprint } = readFingerprint(value['identity'], read.properties);
  if (badFingerprint) problems.push(badFingerprint);
  const consent = readConsent(value['consent'], '/consent', now, problems);
  const test = value['test'] === true || read.properties['test'] === true;

  if (problems.length > 0) return joined(problems);
  const event: CanonicalEvent = {
    id,
    type: type as EventType,
    occurredAt: isoTime(occurredAt),
    source,
    identity,
    properties: read.properties,
    ...(consent && { consent }),
    ...(test && { test }),
  };
  return { event, occurredAt, underTracked: read.underTracked, ...(fingerprint !== undefined && { fingerprint }) };
}

/** More would not be read: an event can be wrong in each of thousands of items. */
const MOST_TOLD = 20;

function joined(problems: FieldProblem[]): FieldProblem {
  const [first, ...others] = problems.slice(0, MOST_TOLD) as [FieldProblem, ...FieldProblem[]];
  const sentences = [first.message, ...others.map((problem) => `${problem.path} ${problem.message}`)];
  if (problems.length > MOST_TOLD) sentences.push(`and ${problems.length - MOST_TOLD} more`);
  return { path: first.path, message: sentences.join('; ') };
}

function readRequired(value: unknown, path: string, what: string, problems: FieldProblem[]): string {
  if (isAbsent(value)) {
    problems.push({ path, message: `is missing: ${what}` });
    return '';
  }
  const read = readId(value);
  if (read.problem === undefined) return read.text;
  problems.push({ path, message: read.problem });
  return '';
}

const KNOWN_TYPES: ReadonlySet<string> = new Set([...CORE_EVENT_TYPES, ...FURTHER_EVENT_TYPES]);

function readType(value: unknown, problems: FieldProblem[]): { type: string; isAlias: boolean } {
  if (typeof value === 'string') {
    if (KNOWN_TYPES.has(value) || CUSTOM_TYPE.test(value)) return { type: value, isAlias: false };
    const alias = aliasedType(value);
    if (alias !== null) return { type: alias, isAlias: true };
  }
  if (isAbsent(value)) {
    problems.push({ path: '/type', message: `is missing: one of ${[...KNOWN_TYPES].join(', ')}, or custom:<name>` });
  } else if (typeof value === 'string' && value.startsWith('custom:')) {
    problems.push({
      path: '/type',
      message: 'needs a name of letters, digits, "_", "-", "." or ":" after "custom:" (100 at most)',
    });
  } else {
    const shown = typeof value === 'string' ? `"${value.slice(0, 60)}"` : 'this';
    const suggestion = typeof value === 'string' ? (value.match(/[A-Za-z0-9_.-]+/g) ?? []).join('_').slice(0, 60) : '';
    problems.push({
      path: '/type',
      message: `${shown} is no event type. Send your own events as custom:${suggestion || '<name>'}; known are ${[...KNOWN_TYPES].join(', ')}, and the names of Segment's ecommerce spec and of GA4`,
    });
  }
  return { type: '', isAlias: false };
}

function readOccurredAt(value: unknown, now: number, problems: FieldProblem[]): number {
  const path = '/occurredAt';
  const time = readTime(value);
  if (time === null) {
    const message = isAbsent(value) ? 'is missing: a time such as' : 'has to be RFC 3339 with an offset, such as';
    problems.push({ path, message: `${message} 2026-11-22T10:00:00Z` });
    return 0;
  }
  if (time > now + FUTURE_MS) {
    problems.push({ path, message: `is more than 24 h ahead of the service's clock (${isoTime(now)})` });
  }
  return time;
}

/** Absent and null change nothing; an unknown channel or state is a problem, for it would be lost unseen. */
export function readConsent(
  value: unknown,
  path: string,
  now: number,
  problems: FieldProblem[],
): Partial<Record<Channel, ConsentStatement>> | null {
  if (isAbsent(value)) return null;
  if (!isRecord(value)) {
    problems.push({ path, message: 'has to be an object of channels, such as {"email":{"state":"subscribed"}}' });
    return null;
  }
  const consent: Partial<Record<Channel, ConsentStatement>> = {};
  for (const [channel, statement] of Object.entries(value)) {
    if (isAbsent(statement)) continue;
    const at = `${path}/${escapePointer(channel)}`;
    if (!isChannel(channel)) {
      problems.push({ path: at, message: `is no channel: one of ${CHANNELS.join(', ')}` });
    } else if (!isRecord(statement)) {
      problems.push({ path: at, message: 'has to be an object with a state' });
    } else {
      const read = readStatement(statement, at, now, problems);
      if (read) consent[channel] = read;
    }
  }
  return Object.keys(consent).length > 0 ? consent : null;
}

function readStatement(
  statement: Record<string, unknown>,
  path: string,
  now: number,
  problems: FieldProblem[],
): ConsentStatement | null {
  const { state, source, at } = statement;
  if (isAbsent(state)) return null;
  if (!isConsentState(state)) {
    problems.push({ path: `${path}/state`, message: `has to be one of ${CONSENT_STATES.join(', ')}` });
    return null;
  }
  const read: ConsentStatement = { state };
  if (!isAbsent(source)) read.source = readRequired(source, `${path}/source`, '', problems);
  if (!isAbsent(at)) {
    const time = readTime(at);
    if (time === null || time > now + FUTURE_MS) {
      problems.push({ path: `${path}/at`, message: 'has to be an RFC 3339 time with an offset, not in the future' });
    } else {
      read.at = isoTime(time);
    }
  }
  return read;
}

export const isChannel = (value: unknown): value is Channel => (CHANNELS as readonly unknown[]).includes(value);
const isConsentState = (value: unknown): value is ConsentState =>
  (CONSENT_STATES as readonly unknown[]).includes(value);
const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
