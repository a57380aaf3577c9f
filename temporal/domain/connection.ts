/** A connection: one shop, tracker, program or provider that sends us what happens, by which secret it proves who it is. */

const SOURCE_KINDS = ['shopify', 'woocommerce', 'segment', 'ga4', 'custom'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** They tell what became of messages; a send names its provider in the same words. */
export const PROVIDER_KINDS = [
  'sendgrid',
  'postmark',
  'resend',
  'ses',
  'twilio',
  'whatsapp',
  'onesignal',
  'webhook',
] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

export const CONNECTION_KINDS = [...SOURCE_KINDS, ...PROVIDER_KINDS] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

export const isProviderKind = (kind: ConnectionKind): kind is ProviderKind =>
  (PROVIDER_KINDS as readonly string[]).includes(kind);

/** Below the public address. */
export const webhookPathOf = (kind: ConnectionKind, name: string): string =>
  `/${isProviderKind(kind) ? 'hooks' : 'in'}/${kind}/${name}`;

/** How long a secret that has been replaced is still accepted: shops go on with the old one for a while, and repeat deliveries. */
export const REPLACED_SECRET_DAYS = 7;
const REPLACED_SECRET_MS = REPLACED_SECRET_DAYS * 24 * 3600_000;

export interface PreviousSecret {
  secret: string;
  /** Epoch ms; null: until it is taken away. */
  until: number | null;
}

export interface Secrets {
  current: string;
  /** Epoch ms. */
  changedAt: number;
  previous: PreviousSecret[];
}

/**
 * What becomes of a connection's secrets. A secret that is replaced stays valid for `REPLACED_SECRET_DAYS`; whoever names
 * `previousSecrets` decides instead: exactly these stay valid, until they are named otherwise.
 *
 * @param before null for a new connection @param now epoch ms
 */
export function changeSecrets(
  before: Secrets | null,
  change: { secret: string | undefined; previousSecrets: readonly string[] | undefined },
  now: number,
): Secrets {
  const current = change.secret ?? before?.current ?? '';
  const isReplaced = before !== null && before.current !== current;
  const kept = change.previousSecrets
    ? change.previousSecrets.map((secret): PreviousSecret => ({ secret, until: null }))
    : [
        ...(isReplaced ? [{ secret: before.current, until: now + REPLACED_SECRET_MS }] : []),
        ...(before?.previous ?? []),
      ];
  const distinct = new Map<string, PreviousSecret>();
  for (const previous of kept) {
    if (previous.secret !== current && !distinct.has(previous.secret) && isAccepted(previous, now)) {
      distinct.set(previous.secret, previous);
    }
  }
  return {
    current,
    changedAt: before === null || isReplaced ? now : before.changedAt,
    previous: [...distinct.values()],
  };
}

/** Every secret by which a sender may prove itself now, the current one first. @param now epoch ms */
export function acceptedSecrets({ current, previous }: Secrets, now: number): string[] {
  return [current, ...previous.filter((secret) => isAccepted(secret, now)).map(({ secret }) => secret)];
}

const isAccepted = ({ until }: PreviousSecret, now: number): boolean => until === null || until > now;

/** Scheme, host and port of a browser's page; null when the text is none, or more than that. */
export function readOrigin(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { origin, pathname, search, hash, username, password } = new URL(text);
  const isBare = pathname === '/' && search === '' && hash === '' && username === '' && password === '';
  return isBare ? origin : null;
}
