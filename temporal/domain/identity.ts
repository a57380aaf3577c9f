/** What names a customer: identifiers brought into one form. Whose an event is then: resolution.ts. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { STRONG_IDENTIFIERS, type CanonicalEvent, type EventIdentity, type StrongIdentifierKind } from './event.ts';
import { readId } from './textValues.ts';

export const CUSTOMER_ID_PREFIX = 'cus_';

export interface FieldProblem {
  /** JSON Pointer. */
  path: string;
  message: string;
}

export interface Identifier {
  kind: string;
  value: string;
}

/** One `@`, something before it, a dotted host behind it, no control characters; RFC 5321 lengths. More would refuse addresses that work. */
const EMAIL = /^[^\s\p{Cc}@<>(),;:"]{1,64}@(?!-)[^\s\p{Cc}@<>(),;:"]+\.[^\s\p{Cc}@<>(),;:".]{2,63}$/u;
const EMAIL_MAX = 254;

/** Trimmed and lower case; null when it is no address. */
export function normaliseEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  const sane = email.length <= EMAIL_MAX && EMAIL.test(email) && !email.includes('..');
  return sane ? email : null;
}

/** E.164; null when the number has no country code or is none. */
export function normalisePhone(text: string): string | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith('+')) return null;
  const phone = parsePhoneNumberFromString(trimmed);
  return phone?.isPossible() ? phone.number : null;
}

/** Each is looked up and kept. */
const MAX_IDENTIFIERS = 50;

/** Reads `identity`; an unusable phone is left out when something else names the customer. */
export function readIdentity(value: unknown, path: string): { identity: EventIdentity; problems: FieldProblem[] } {
  const identity: EventIdentity = {};
  const problems: FieldProblem[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { identity, problems: [{ path, message: `is missing. ${NEEDED}` }] };
  }
  const kinds = Object.keys(value).length;
  if (kinds > MAX_IDENTIFIERS) {
    return {
      identity,
      problems: [{ path, message: `has ${kinds} identifiers: at most ${MAX_IDENTIFIERS} name one customer` }],
    };
  }
  let badPhone: FieldProblem | null = null;
  let hasFingerprint = false;
  for (const [kind, raw] of Object.entries(value)) {
    if (raw === null || raw === undefined || raw === '') continue;
    // Names nobody, and is kept only of people who have agreed (fingerprint.ts).
    if (kind === 'fingerprint') {
      hasFingerprint = true;
      continue;
    }
    const at = `${path}/${escapePointer(kind)}`;
    const read = readId(raw);
    if (read.problem !== undefined) {
      problems.push({ path: at, message: read.problem });
    } else if (kind === 'email') {
      const email = normaliseEmail(read.text);
      if (email) identity.email = email;
      else problems.push({ path: at, message: 'is not an e-mail address such as name@example.com' });
    } else if (kind === 'phone') {
      const phone = normalisePhone(read.text);
      if (phone) identity.phone = phone;
      else badPhone = { path: at, message: 'has to be in international form, such as +436601234567' };
    } else {
      identity[kind] = read.text;
    }
  }
  // A shop's own customer number under our name: ours always begin with the prefix.
  if (identity.customerId !== undefined && !identity.customerId.startsWith(CUSTOMER_ID_PREFIX)) {
    identity.externalId ??= identity.customerId;
    delete identity.customerId;
  }
  if (problems.length === 0 && Object.keys(identity).length === 0) {
    problems.push(
      badPhone ?? {
        path,
        message: `${hasFingerprint ? 'names nobody: a fingerprint is no identifier' : 'names nobody'}. ${NEEDED}`,
      },
    );
  }
  return { identity, problems };
}

const NEEDED = 'Give at least one of externalId, email, phone or deviceId';

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

export interface OrderKey {
  source: string;
  orderId: string;
}

export interface NamedBy {
  customerId: string | null;
  /** Most trusted first. */
  strong: Identifier[];
  /** Name a browser, not a person: a device, or a click id where there is nothing else. */
  weak: Identifier[];
  /** Names its buyer. `isTold`: by the purchase itself, so that the store has the order afterwards. */
  order: (OrderKey & { isTold: boolean }) | null;
  /** The account named has another e-mail address: this one was typed for one order, for a friend perhaps, or wrongly. */
  isTypedEmail?: boolean;
}

/** Kinds that do not name a person or browser by themselves. */
const NEVER_NAMING: ReadonlySet<string> = new Set(['customerId', 'orderId']);

/**
 * The identifiers that decide. Links with click ids are passed on to friends, so they count only where an event has nothing
 * else; otherwise they are kept with the event alone.
 */
export function namedBy(identity: EventIdentity): NamedBy {
  const strong: Identifier[] = [];
  for (const kind of STRONG_IDENTIFIERS) {
    const value = identity[kind];
    if (value !== undefined) strong.push({ kind, value });
  }
  const { customerId = null, deviceId } = identity;
  const weak: Identifier[] = deviceId === undefined ? [] : [{ kind: 'deviceId', value: deviceId }];
  if (customerId === null && strong.length === 0 && weak.length === 0) {
    for (const [kind, value] of Object.entries(identity)) {
      if (value !== undefined && !NEVER_NAMING.has(kind)) weak.push({ kind, value });
    }
  }
  return { customerId, strong, weak, order: null };
}

/** What changes an order; a purchase may be told by several topics, with more or less of an identity. */
const ABOUT_ORDERS: ReadonlySet<string> = new Set(['completed_purchase', 'refunded', 'custom:order_cancelled']);

/** As `namedBy`; beside it an order names its buyer, for what changes it and for what names nobody else. */
export function namedByEvent({ source, type, identity, properties, test = false }: NamingEvent): NamedBy {
  const named: NamedBy = namedBy(identity);
  if (identity.externalId !== undefined && typeof properties['accountEmail'] === 'string') named.isTypedEmail = true;
  const orderId = properties.orderId ?? identity['orderId'];
  // Test orders are kept nowhere: what names somebody is not about one, or it would matter what is told first.
  const isAbout = orderId !== undefined && ((ABOUT_ORDERS.has(type) && !test) || namesNobody(named));
  return isAbout ? { ...named, order: { source, orderId, isTold: type === 'completed_purchase' && !test } } : named;
}

type NamingEvent = Pick<CanonicalEvent, 'source' | 'type' | 'identity' | 'properties' | 'test'>;

export const namesNobody = ({ customerId, strong, weak }: NamedBy): boolean =>
  customerId === null && strong.length === 0 && weak.length === 0;

export function isStrong(kind: string): kind is StrongIdentifierKind {
  return (STRONG_IDENTIFIERS as readonly string[]).includes(kind);
}

/** Of a profile that is known by an order alone; two shops number their orders alike. */
export const orderIdentifier = ({ source, orderId }: OrderKey): Identifier => ({
  kind: 'orderId',
  value: `${source}/${orderId}`,
});
