/** Where somebody came from: UTM parameters and click ids of a landing page, as `properties.campaign` and identifiers. */
import { textOf, type Json } from './shopValues.ts';

export interface Attribution {
  campaign: Record<string, string> | undefined;
  /** Click ids by their kind, for the event's identity; the campaign has them, too. */
  clickIds: Record<string, string>;
}

const UTM = {
  utm_source: 'source',
  utm_medium: 'medium',
  utm_campaign: 'name',
  utm_id: 'id',
  utm_term: 'term',
  utm_content: 'content',
} as const;

/** Google's, Facebook's, Microsoft's and TikTok's; who is named by it, when the page has no UTM parameters. */
const CLICK_IDS: Record<string, Record<string, string>> = {
  gclid: { source: 'google', medium: 'cpc' },
  // On links of posts, too: it does not say that the click was paid.
  fbclid: { source: 'facebook' },
  msclkid: { source: 'bing', medium: 'cpc' },
  ttclid: { source: 'tiktok' },
};

/** What is longer is no id. */
const CLICK_ID_MAX = 300;

/** @param fields `utm_source`, `gclid`, …; others are ignored */
export function attributionOf(fields: Json, referrer?: unknown, ownHost?: string): Attribution {
  const campaign: Record<string, string> = {};
  for (const [parameter, name] of Object.entries(UTM)) {
    const value = textOf(fields[parameter]);
    // WooCommerce writes "(direct)" and "(none)" for no campaign.
    if (value !== undefined && !/^\(.*\)$/.test(value)) campaign[name] = value;
  }
  const clickIds: Record<string, string> = {};
  for (const kind of Object.keys(CLICK_IDS)) {
    const value = textOf(fields[kind]);
    if (value !== undefined && value.length <= CLICK_ID_MAX) clickIds[kind] = value;
  }
  const [firstClick] = Object.keys(clickIds);
  if (campaign['source'] === undefined && firstClick !== undefined) Object.assign(campaign, CLICK_IDS[firstClick]);
  Object.assign(campaign, clickIds);
  const host = hostOf(referrer);
  if (host !== undefined && host !== ownHost) campaign['referrer'] = host;
  return { campaign: Object.keys(campaign).length > 0 ? campaign : undefined, clickIds };
}

/** The query parameters of an address, absolute or not. */
export function parametersOf(address: unknown): Json {
  const text = textOf(address);
  const url = text === undefined ? null : URL.parse(text, 'http://shop.invalid');
  return url === null ? {} : Object.fromEntries(url.searchParams);
}

export function hostOf(address: unknown): string | undefined {
  const text = textOf(address);
  if (text === undefined) return undefined;
  const host = URL.parse(text)?.hostname ?? '';
  return host === '' ? undefined : host.replace(/^www\./, '');
}
