/**
 * Whether a message was opened, or its link followed, by a program and not by the person: privacy proxies load every image of every
 * mail, scanners follow every link. In doubt it was the person, so that nobody counts as disengaged who is not.
 */

export interface Visit {
  /** '' for none. */
  userAgent: string;
  /** Headers by which a browser says that nobody has asked for this yet. */
  purpose: string;
  /** Since the message was handed over, in ms; null when that is not known. */
  sinceSent: number | null;
}

/** Nobody reads that fast: the default of Mautic's bot filter (`bot_helper_time_email_threshold`, 2 seconds). */
const TOO_SOON_MS = 2000;

/**
 * Apple's Mail Privacy Protection says this and nothing more, whether or not the mail is ever looked at
 * (https://help.socketlabs.com/docs/identifying-apple-mpp-opens-in-notification-api-events). Gmail's proxy ("via ggpht.com
 * GoogleImageProxy") and Yahoo's load an image when it is looked at: that is the person.
 */
const PRIVACY_PROXY = 'Mozilla/5.0';

/**
 * Words of programs in their user agents: those that say where to read about them (`+http…`, as in the lists of Crawler-Detect),
 * that make previews of links in chats, that scan mail, and that are no browsers but libraries.
 */
const PROGRAMS = new RegExp(
  [
    String.raw`\+https?://`,
    String.raw`bot\b|crawl|spider|slurp|scanner|headless|phantomjs|preview|externalhit`,
    String.raw`^(whatsapp|telegram|slack|discord|skype|viber)`,
    String.raw`barracuda|proofpoint|mimecast|forcepoint|sophos|symantec|trendmicro|fireeye|safelinks|existence discovery`,
    String.raw`^(python|curl|wget|java|go-http-client|libwww|ruby|php|axios|node|undici|okhttp|apache-httpclient|ahc)\b`,
  ].join('|'),
  'i',
);

export function isMachine({ userAgent, purpose, sinceSent }: Visit): boolean {
  const agent = userAgent.trim();
  if (agent === '' || agent === PRIVACY_PROXY || PROGRAMS.test(agent)) return true;
  if (/prefetch|prerender|preview/i.test(purpose)) return true;
  return sinceSent !== null && sinceSent < TOO_SOON_MS;
}

/** ms. People read before they go back for another link; scanners follow all that there are. */
const SWEEP_MS = 1000;

/** @param followed links of one message, `at` in epoch ms @returns whether two different ones were followed at practically the same time */
export function isSweep(followed: readonly { url: string; at: number }[]): boolean {
  const inOrder = followed.toSorted((a, b) => a.at - b.at);
  return inOrder.some((one, index) => {
    const next = inOrder.slice(index + 1).find(({ url }) => url !== one.url);
    return next !== undefined && next.at - one.at <= SWEEP_MS;
  });
}
