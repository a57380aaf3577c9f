/** What `doctor` says about shops and trackers: which have sent nothing, or nothing for long, so that a lost webhook is noticed. */
import type { Connection } from '../store/connections.ts';

const DAY_MS = 24 * 3600_000;
/** A small shop may well sell nothing for some days. */
const LONG_DAYS = 7;

type Known = Pick<Connection, 'name' | 'kind' | 'lastReceivedAt'>;

/** @param now epoch ms @returns a sentence; quiet connections are named, for nobody but the operator knows whether that is right */
export function connectionWords(connections: readonly Known[], now: number): string {
  if (connections.length === 0) return 'None. PUT /v1/connections/{name} or a Commerce Trigger makes one.';
  const never = connections.filter(({ lastReceivedAt }) => lastReceivedAt === null);
  const quiet = connections.flatMap(({ name, kind, lastReceivedAt }) => {
    const days = lastReceivedAt === null ? 0 : Math.floor((now - lastReceivedAt) / DAY_MS);
    return days >= LONG_DAYS ? [`${name} (${kind}, ${days} days ago)`] : [];
  });
  const sentences = [`${connections.length === 1 ? '1 connection' : `${connections.length} connections`}.`];
  if (never.length > 0) {
    sentences.push(`Nothing received yet from ${never.map(({ name, kind }) => `${name} (${kind})`).join(', ')}.`);
  }
  if (quiet.length > 0) sentences.push(`Last heard of ${quiet.join(', ')}.`);
  if (never.length + quiet.length > 0)
    sentences.push("If they should send: look at the shop's webhooks and at the secret.");
  return sentences.join(' ');
}
