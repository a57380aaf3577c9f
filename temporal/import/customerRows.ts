/**
 * Rows of a customers file → customers: who it is, what is known, and what was said about consent. Any column that is none of
 * these becomes a property (`first_name` → `firstName`); Shopify's own customers export is read the same way.
 */
import type { Channel, ConsentState, EventIdentity } from '../domain/event.ts';
import { isTrack, sortedTracks, TRACKS, type Track } from '../domain/tracks.ts';
import { readMoment } from './cellValues.ts';
import type { Fields } from './columns.ts';
import type { Row } from './fileRecord.ts';
import { IDENTITY_FIELDS, readWho } from './orderRows.ts';

export const CUSTOMER_FIELDS = {
  ...IDENTITY_FIELDS,
  deviceId: ['device_id'],
  emailConsent: [
    'email_consent',
    'accepts_email_marketing',
    'accepts_marketing',
    'email_opt_in',
    'email_subscribed',
    'newsletter',
  ],
  smsConsent: ['sms_consent', 'accepts_sms_marketing', 'sms_opt_in', 'sms_subscribed'],
  whatsappConsent: ['whatsapp_consent', 'whatsapp_opt_in'],
  pushConsent: ['push_consent', 'push_opt_in'],
  emailConsentAt: ['email_consent_at'],
  smsConsentAt: ['sms_consent_at'],
  whatsappConsentAt: ['whatsapp_consent_at'],
  pushConsentAt: ['push_consent_at'],
  consentAt: ['consent_at', 'consent_date', 'subscribed_at', 'opt_in_at'],
  consentSource: ['consent_source'],
  tracks: ['tracks', 'preference_tracks', 'preferences'],
} as const satisfies Fields;

const CHANNEL_FIELDS: readonly [Channel, keyof typeof CUSTOMER_FIELDS, keyof typeof CUSTOMER_FIELDS][] = [
  ['email', 'emailConsent', 'emailConsentAt'],
  ['sms', 'smsConsent', 'smsConsentAt'],
  ['whatsapp', 'whatsappConsent', 'whatsappConsentAt'],
  ['push', 'pushConsent', 'pushConsentAt'],
];

export interface ImportedConsent {
  channel: Channel;
  state: ConsentState;
  source: string;
  /** Epoch ms; null: the file does not say when, so it holds only where nothing else is known (an opt-out always does). */
  at: number | null;
}

export interface CustomerRecord {
  identity: EventIdentity;
  properties: Record<string, unknown>;
  consents: ImportedConsent[];
  /** null: not said. */
  tracks: Track[] | null;
}

export type CustomerRow = { customer: CustomerRecord; problem?: undefined } | { problem: string };

export interface CustomerOptions {
  source: string;
  /** Epoch ms. */
  now: number;
}

export function readCustomerRow({ fields, others }: Row, { source, now }: CustomerOptions): CustomerRow {
  const problems: { name: string; problem: string }[] = [];
  const identity = readWho(fields, problems);
  const moment = (name: string): number | null => {
    const given = fields[name];
    if (given === undefined) return null;
    const read = readMoment(given, now);
    if (read.problem === undefined) return read.value;
    problems.push({ name, problem: read.problem });
    return null;
  };
  const saidAt = moment('consentAt');
  const consents: ImportedConsent[] = [];
  for (const [channel, field, atField] of CHANNEL_FIELDS) {
    const word = fields[field];
    if (word === undefined) continue;
    const state = consentStateOf(word);
    if (state === undefined) {
      problems.push({
        name: field,
        problem: `is "${word.slice(0, 40)}", but has to be subscribed, unsubscribed, never, yes or no`,
      });
    } else if (state !== null) {
      consents.push({ channel, state, source: fields['consentSource'] ?? source, at: moment(atField) ?? saidAt });
    }
  }
  const tracks = readTracks(fields['tracks'], problems);
  if (problems.length > 0) {
    return { problem: problems.map(({ name, problem }) => `${WORDS[name] ?? name} ${problem}`).join('; ') };
  }
  return { customer: { identity, properties: propertiesOf(others), consents, tracks } };
}

const WORDS: Record<string, string> = {
  externalId: 'customer_id',
  emailConsent: 'email_consent',
  smsConsent: 'sms_consent',
  whatsappConsent: 'whatsapp_consent',
  pushConsent: 'push_consent',
  consentAt: 'consent_at',
};

const SUBSCRIBED = new Set(['subscribed', 'yes', 'y', 'true', '1', 'opted_in', 'opt_in', 'confirmed', 'ja']);
const UNSUBSCRIBED = new Set(['unsubscribed', 'opted_out', 'opt_out', 'redacted']);
/** "No" and Shopify's not_subscribed are no opt-out: nobody has asked for anything. */
const NEVER = new Set(['never', 'no', 'n', 'false', '0', 'not_subscribed', 'nein']);
/** Asked for but not confirmed, or not to be told: changes nothing. */
const UNCLEAR = new Set(['pending', 'unconfirmed', 'unknown', 'invalid', 'null', 'none', '-']);

/** @returns null: it says nothing; undefined: not to be understood */
function consentStateOf(word: string): ConsentState | null | undefined {
  const normal = word.toLowerCase().replaceAll(/[\s-]+/g, '_');
  if (SUBSCRIBED.has(normal)) return 'subscribed';
  if (UNSUBSCRIBED.has(normal)) return 'unsubscribed';
  if (NEVER.has(normal)) return 'never';
  return UNCLEAR.has(word.toLowerCase()) || UNCLEAR.has(normal) ? null : undefined;
}

function readTracks(text: string | undefined, problems: { name: string; problem: string }[]): Track[] | null {
  if (text === undefined) return null;
  const tracks = text
    .split(/[|,;]/)
    .map((track) =>
      track
        .trim()
        .toLowerCase()
        .replaceAll(/[\s-]+/g, '_'),
    )
    .filter((track) => track !== '');
  const unknown = tracks.find((track) => !isTrack(track));
  if (unknown !== undefined)
    problems.push({ name: 'tracks', problem: `has "${unknown.slice(0, 40)}": known are ${TRACKS.join(', ')}` });
  return sortedTracks(tracks.filter(isTrack));
}

/** Columns whose property has a name of its own. */
const PROPERTY_NAMES: Record<string, string> = {
  given_name: 'firstName',
  family_name: 'lastName',
  surname: 'lastName',
  locale: 'language',
  lang: 'language',
  default_address_country_code: 'country',
  country_code: 'country',
  default_address_province_code: 'region',
  default_address_city: 'city',
  default_address_zip: 'postalCode',
  zip: 'postalCode',
  postcode: 'postalCode',
  default_address_company: 'company',
  birthdate: 'birthday',
  date_of_birth: 'birthday',
};
/** Sums that the store makes itself from orders, and streets, which nothing here needs. */
const LEFT_OUT = new Set([
  'total_spent',
  'total_orders',
  'orders_count',
  'default_address_address1',
  'default_address_address2',
  'default_address_phone',
]);

function propertiesOf(others: Row['others']): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(others)) {
    if (LEFT_OUT.has(name)) continue;
    properties[PROPERTY_NAMES[name] ?? camelCase(name)] = value;
  }
  return properties;
}

export const camelCase = (name: string): string =>
  name.replaceAll(/_+(.)/g, (_match, letter: string) => letter.toUpperCase());
