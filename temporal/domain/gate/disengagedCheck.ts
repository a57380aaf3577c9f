/**
 * The sunset rule: who has long opened, clicked and bought nothing is left alone. Held back is who
 *
 * - has had at least `minimumMessages` marketing messages on this channel since the last sign of life, the first of them
 *   `noOpenOrClick` ago or earlier: nobody who was simply not written to, and nobody whose time to answer is not over;
 * - has not ordered within `noOrder`.
 *
 * A sign of life is an opening by a person or a click on this channel, or a new subscription to it. A mail program that loads all
 * images is none. The rule looks at e-mail and push. Whether an SMS or a WhatsApp message was read is not seen, or not of everybody;
 * and where the operator has switched the tracking of openings and clicks off, of nobody: then the rule judges nobody.
 *
 * Beside the rule an operator can call a customer disengaged, as the last step of a win-back does. On every channel that holds until the
 * next sign of life or order.
 */
import type { Channel } from '../event.ts';
import { scaledMs, type GateRules } from './gateRules.ts';
import { when, type Objection } from './objection.ts';

export interface DisengagedFacts {
  channel: Channel;
  /** All of epoch ms; null: never. */
  signs: {
    /** Opened by a person, clicked, or subscribed, on this channel. */
    lastSign: number | null;
    lastOrderAt: number | null;
    /** When the operator said so of this address. */
    calledDisengagedAt: number | null;
  };
  /**
   * Epoch ms of the first marketing message that went out after the last sign, once there are as many as the policy asks for;
   * null: fewer.
   */
  ignoredSince: number | null;
}

/** Where openings are seen. */
export const WATCHED: readonly Channel[] = ['email', 'push'];

export function disengagedObjections({ channel, signs, ignoredSince }: DisengagedFacts, rules: GateRules): Objection[] {
  if (isHeldByHand(signs)) return [{ reason: 'disengaged' }];
  const rule = rules.policy.disengaged;
  if (rule === null || !mayBeDisengaged({ channel, signs }, rules)) return [];
  return when(ignoredSince !== null && ignoredSince <= rules.now - scaledMs(rule.noOpenOrClick, rules), 'disengaged');
}

/** Called so, and not heard of since. */
export function isHeldByHand({ lastSign, lastOrderAt, calledDisengagedAt }: DisengagedFacts['signs']): boolean {
  if (calledDisengagedAt === null) return false;
  return (lastSign ?? -Infinity) <= calledDisengagedAt && (lastOrderAt ?? -Infinity) <= calledDisengagedAt;
}

/** Only then it has to be known what was ignored. */
export function mayBeDisengaged(
  { channel, signs: { lastSign, lastOrderAt } }: Pick<DisengagedFacts, 'channel' | 'signs'>,
  rules: GateRules,
): boolean {
  const rule = rules.policy.disengaged;
  if (rule === null || !rules.seesReaders || !WATCHED.includes(channel)) return false;
  if ((lastSign ?? -Infinity) > rules.now - scaledMs(rule.noOpenOrClick, rules)) return false;
  return (lastOrderAt ?? -Infinity) <= rules.now - scaledMs(rule.noOrder, rules);
}
