/** What becomes of the addresses in a message: campaign parameters are added, and clicks go by way of the gateway. */
import { UTM_NAMES, type UtmName } from './message.ts';

export interface AddressRules {
  /** What our own links begin with: those are left alone. Without trailing slash. */
  ownUrl: string;
  /** Values by name; null: none are added. */
  utm: Readonly<Partial<Record<UtmName, string>>> | null;
  /** Makes the address that a click is counted under; null: clicks are not counted. */
  clickUrl: ((url: string) => string) | null;
}

/** Of an address that a click is counted under: what older mail programs and proxies still take. */
const LONGEST_URL = 2000;

/** Ways that lead to pages of ours, which neither analytics nor a count of clicks have any business with. */
const OWN_PAGES = /^\/[updco]\//;

const isWeb = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url);

const isOwn = (url: string, { ownUrl }: AddressRules): boolean =>
  url.startsWith(ownUrl) && OWN_PAGES.test(url.slice(ownUrl.length));

/** With campaign parameters, unless it has some: those of two campaigns would mix. Nothing else of it changes. */
export function withUtm(url: string, rules: AddressRules): string {
  const { utm } = rules;
  if (utm === null || !isWeb(url) || isOwn(url, rules)) return url;
  const [address = '', ...fragments] = url.split('#');
  if (/[?&]utm_/i.test(address)) return url;
  const added = UTM_NAMES.flatMap((name) => {
    const value = utm[name];
    return value === undefined || value === '' ? [] : [`utm_${name}=${encodeURIComponent(value)}`];
  });
  if (added.length === 0) return url;
  const joint = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?';
  return [`${address}${joint}${added.join('&')}`, ...fragments].join('#');
}

/** @param url with its campaign parameters */
export function counted(url: string, rules: AddressRules): string {
  if (rules.clickUrl === null || !isWeb(url) || isOwn(url, rules)) return url;
  const by = rules.clickUrl(url);
  return by.length > LONGEST_URL ? url : by;
}

/** A web address in a text, without what belongs to the sentence around it. */
const IN_TEXT = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?()[\]{}]/gi;

export const inText = (text: string, change: (url: string) => string): string => text.replace(IN_TEXT, change);
