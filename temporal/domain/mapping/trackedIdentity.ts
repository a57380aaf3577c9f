/** Who a tracked call is about. Trackers send what they have, also where they have nobody. */
import { normaliseEmail, normalisePhone } from '../identity.ts';
import { readId } from '../textValues.ts';
import { type Json } from './shopValues.ts';
import { isNothing } from './trackedValues.ts';

export interface TrackedPerson {
  userId: unknown;
  /** Of the browser or app. */
  deviceId: unknown;
  /** The most trusted first. */
  emails: readonly unknown[];
  phones: readonly unknown[];
  /** What an ad has added to the page's address. */
  clickIds: Record<string, string>;
}

/**
 * Ids that are the absence of one: as an id, each would make one customer of all anonymous visitors. From the values that
 * Segment's identity resolution and PostHog block.
 */
const NOBODY = /^(?:[0-]*|-1|null|none|nil|nan|undefined|anonymous|guest|true|false|\(not set\)|\[object object\])$/i;

/**
 * For `identity` of an event. An address that is none is left out where something else names the customer. A user id that
 * is an e-mail address is both: the tracker's id, and an address where the call gives no other.
 */
export function trackedIdentity({ userId, deviceId, emails, phones, clickIds }: TrackedPerson): Json {
  const identity: Json = {};
  const externalId = idOf(userId);
  if (externalId !== undefined) identity['externalId'] = externalId;
  const email = firstOf([...emails, externalId], normaliseEmail);
  if (email !== undefined) identity['email'] = email;
  const phone = firstOf(phones, normalisePhone);
  if (phone !== undefined) identity['phone'] = phone;
  const device = idOf(deviceId);
  if (device !== undefined) identity['deviceId'] = device;
  if (Object.keys(identity).length === 0) {
    // Refused by its name.
    const unusable = emails.find((value) => !isNothing(value));
    if (unusable !== undefined) identity['email'] = unusable;
  }
  return { ...identity, ...clickIds };
}

function idOf(value: unknown): string | undefined {
  const { text } = readId(value) as { text?: string };
  return text === undefined || NOBODY.test(text) ? undefined : text;
}

function firstOf(values: readonly unknown[], normalise: (text: string) => string | null): string | undefined {
  for (const value of values) {
    const text = typeof value === 'string' ? normalise(value) : null;
    if (text !== null) return text;
  }
  return undefined;
}
