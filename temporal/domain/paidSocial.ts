/**
 * Did an advertisement on a social network bring somebody? From what an event says of where they came from: UTM parameters
 * (`properties.campaign`) and click ids (there, or in `identity`).
 *
 * - The medium says it alone: paid_social, paid-social, social_cpc …
 * - A paid medium (cpc, ppc, paid…, ads) together with a social network as source or by its click id: the rule of Google Analytics
 *   for "Paid Social", https://support.google.com/analytics/answer/9756891
 * - A source that is named after advertisements: facebook_ads, tiktok-ads.
 * - A click id that a network adds to advertisements only: TikTok, X, Snapchat, LinkedIn, Reddit, Pinterest.
 * - `fbclid`, without a medium: Meta adds it to every link. Shops tag what they post themselves, and to be silent for some days after
 *   an organic visit costs less than to push a promotion after an advertisement. With a medium, the medium decides.
 *
 * Video (YouTube) is none: Google Analytics has it as a channel of its own.
 */

/** What an event says of where somebody came from. */
export interface Touch {
  campaign: Readonly<Record<string, unknown>>;
  identity: Readonly<Record<string, unknown>>;
}

const NETWORKS =
  'facebook|fb|instagram|ig|meta|messenger|threads|an|audience_?network|tiktok|pinterest|snapchat|snap|linkedin|twitter|x|t\\.co|reddit|quora|vk|weibo|wechat|line';
/** "facebook", "m.facebook.com", "lm.facebook.com". */
const NETWORK = new RegExp(`^(?:[a-z]{1,3}\\.)?(?:${NETWORKS})(?:\\.com|\\.net)?$`);
const NETWORK_ADS = new RegExp(`^(?:${NETWORKS})[-_ .]?(?:ads?|paid|cpc|ppc)$`);

const PAID = /(?<!un)paid|(?<![a-z])(?:cp[acmv]|ppc|retargeting|ads?)(?![a-z])/;
/** Names of click ids, lower case. */
const CLICK_IDS_OF_ADS = ['ttclid', 'twclid', 'sccid', 'li_fat_id', 'rdt_cid', 'epik'];
const CLICK_ID_OF_META = 'fbclid';

export function isPaidSocial({ campaign, identity }: Touch): boolean {
  const source = textOf(campaign['source']);
  const medium = textOf(campaign['medium']);
  const given = [...Object.entries(identity), ...Object.entries(campaign)];
  const clickIds = new Set(given.flatMap(([name, value]) => (textOf(value) === '' ? [] : name.toLowerCase())));
  if (CLICK_IDS_OF_ADS.some((name) => clickIds.has(name))) return true;
  if (NETWORK_ADS.test(source)) return true;
  if (medium === '') return clickIds.has(CLICK_ID_OF_META);
  if (!PAID.test(medium)) return false;
  return medium.includes('social') || NETWORK.test(source) || clickIds.has(CLICK_ID_OF_META);
}

/** Does the event say anything of where somebody came from? A referring site alone may be the page of a payment provider. */
export function isTouch({ campaign, identity }: Touch): boolean {
  const tagged = Object.entries(campaign).filter(([name]) => name !== 'referrer');
  const clicked = Object.entries(identity).filter(([name]) => /clk?id$/i.test(name) || CLICK_IDS_OF_ADS.includes(name));
  return [...tagged, ...clicked].some(([, value]) => textOf(value) !== '');
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
