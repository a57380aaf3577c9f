/**
 * On which clock a recipient lives: the customer's own zone, else those of the phone's area code or country, else the shop's zone
 * (CONTRACT section 3). The country in the profile says which country's quiet hours hold where there is no phone, and no zone: it is
 * often that of an address or of the last visit.
 */
import { getTimezonesForCountry } from 'countries-and-timezones';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { Info } from 'luxon';
import type { Channel } from '../event.ts';
import { isZone } from '../wait.ts';
import type { Policy } from './policy.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface RecipientClock {
  /** Several where only the country is known; none: the shop's. */
  zones: readonly string[];
  /** ISO 3166-1 alpha-2; null: not known. */
  country: string | null;
}

/** Of somebody of whom nothing is known, or where nothing goes by the clock. */
export const SHOP_CLOCK: RecipientClock = { zones: [], country: null };

/** Whether anything in the policy goes by the clocks of those who get messages on this channel. */
export const goesByClock = ({ quietHours, caps }: Policy, channel: Channel): boolean =>
  quietHours[channel] !== null || caps.some(({ days, channels }) => days === 'calendar' && channels.includes(channel));

export interface RecipientPlace {
  /** Of the profile, as it is. */
  timeZone: unknown;
  /** The profile's `country`, as it is. */
  country: unknown;
  /** E.164: the address itself where the message goes to a phone, else the customer's. */
  phone: string | null;
  /** Of the phone's area code, where that says more than its country; null: it does not. */
  phoneZones: readonly string[] | null;
}

export function clockOf({ timeZone, country, phone, phoneZones }: RecipientPlace): RecipientClock {
  const ofPhone = phone === null ? null : phoneCountry(phone);
  const ofProfile = typeof country === 'string' && country.trim().length === 2 ? country.trim().toUpperCase() : null;
  const known = ofPhone ?? ofProfile;
  if (typeof timeZone === 'string' && isZone(timeZone)) return { zones: [timeZone], country: known };
  return { zones: phoneZones ?? zonesOfCountry(ofPhone) ?? [], country: known };
}

/** Of a number that several countries share, such as +44, the main one. */
function phoneCountry(phone: string): string | null {
  const parsed = parsePhoneNumberFromString(phone);
  return parsed?.country ?? parsed?.getPossibleCountries()[0] ?? null;
}

const zonesByCountry = new Map<string, readonly string[]>();

function zonesOfCountry(country: string | null): readonly string[] | null {
  if (country === null) return null;
  let zones = zonesByCountry.get(country);
  if (!zones) {
    zones = getTimezonesForCountry(country)?.flatMap(({ name }) => (isZone(name) ? name : [])) ?? [];
    zonesByCountry.set(country, zones);
  }
  return zones.length > 0 ? zones : null;
}

export const zonesOf = (
  { zones }: RecipientClock,
  { shopTimezone }: Pick<Policy, 'shopTimezone'>,
): readonly string[] => (zones.length > 0 ? zones : [shopTimezone]);

/** @returns ms that the clocks of this zone are ahead of UTC at this moment */
export const offsetMs = (at: number, zone: string): number => Info.normalizeZone(zone).offset(at) * MINUTE_MS;

/** @returns epoch ms at which the local day began that many days before today's; where midnight is skipped, the first moment of it */
export function startOfLocalDay(now: number, zone: string, daysBefore: number): number {
  const day = Math.floor((now + offsetMs(now, zone)) / DAY_MS) - daysBefore;
  return firstMomentOf(day * DAY_MS, zone);
}

/** @param local the clock's time as if it were UTC @returns epoch ms of the first moment when a clock in the zone shows this time or, skipping it, a later one */
function firstMomentOf(local: number, zone: string): number {
  // Offsets are between -12 and +14 hours, and the clock changes at most once within two days.
  let before = local - DAY_MS;
  let after = local + DAY_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + offsetMs(middle, zone) >= local) after = middle;
    else before = middle;
  }
  return after;
}
