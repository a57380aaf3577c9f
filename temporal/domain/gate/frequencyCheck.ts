/**
 * Minimum gap and caps. What counts is every marketing message that was attempted, as Klaviyo's smart sending does: also one that
 * bounced or of which nobody knows; not one that was held back, or that failed and is tried again. A changed policy is held
 * against the past as it is: a longer gap counts from the messages that are there.
 */
import { CHANNELS, type Channel } from '../event.ts';
import type { Track } from '../tracks.ts';
import { scaledMs, type GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';
import type { Cap } from './policy.ts';
import { startOfLocalDay, zonesOf, type RecipientClock } from './recipientClock.ts';

/** A marketing message that went out, or may have. */
export interface Attempt {
  sendId: string;
  channel: Channel;
  /** Epoch ms when it was started, else claimed. */
  at: number;
  /** Of an SMS about an abandonment, what it was about (abandonmentSmsCheck.ts); else none. */
  abandonmentKeys: readonly string[];
}

export interface FrequencyFacts {
  channel: Channel;
  /** Of this customer, since `attemptsSince`. */
  attempts: readonly Attempt[];
  tracks: readonly Track[];
  clock: RecipientClock;
}

const DAY_MS = 86_400_000;

/** What the track `low_frequency` means: one marketing message a week, whatever the channel. */
const LOW_FREQUENCY: Cap = { channels: [...CHANNELS], count: 1, window: 'P7D', days: 'rolling' };

export function frequencyObjections(facts: FrequencyFacts, rules: GateRules): Objection[] {
  return [...gapObjections(facts, rules), ...capObjections(facts, rules)];
}

function gapObjections({ channel, attempts }: FrequencyFacts, rules: GateRules): Objection[] {
  const { gaps } = rules.policy;
  const gap = gaps[channel];
  const last = Math.max(...attempts.flatMap((attempt) => (attempt.channel === channel ? attempt.at : [])));
  if (gap === null || last === -Infinity) return [];
  const until = last + scaledMs(gap, rules);
  if (until <= rules.now) return [];
  return [gaps.onGap === 'skip' ? { reason: 'min_gap' } : { reason: 'min_gap', until }];
}

function capObjections(facts: FrequencyFacts, rules: GateRules): Objection[] {
  const caps = facts.tracks.includes('low_frequency') ? [LOW_FREQUENCY, ...rules.policy.caps] : rules.policy.caps;
  const isReached = caps.some((cap) => {
    if (!cap.channels.includes(facts.channel)) return false;
    const since = windowStart(cap, facts.clock, rules);
    const counted = facts.attempts.filter(({ channel, at }) => at >= since && cap.channels.includes(channel));
    return counted.length >= cap.count;
  });
  return isReached ? [{ reason: 'frequency_cap' }] : [];
}

/**
 * Calendar days are the recipient's: P7D is today and the six days before. Where the zone is one of several, the day that began
 * first. Under a time scale there are no days of that length: the divided window is counted back from now.
 */
function windowStart({ window, days }: Cap, clock: RecipientClock, rules: GateRules): number {
  const ms = scaledMs(window, rules);
  if (days === 'rolling' || rules.timeScale !== 1) return rules.now - ms + 1;
  const before = Math.round(ms / DAY_MS) - 1;
  return Math.min(...zonesOf(clock, rules.policy).map((zone) => startOfLocalDay(rules.now, zone, before)));
}

/** @returns epoch ms: what was attempted before counts in no rule */
export function attemptsSince(rules: GateRules): number {
  const { gaps, caps, abandonmentSms } = rules.policy;
  const longest = Math.max(
    scaledMs(LOW_FREQUENCY.window, rules),
    ...CHANNELS.flatMap((channel) => (gaps[channel] === null ? [] : scaledMs(gaps[channel], rules))),
    // A day with a clock change can be longer, a day's beginning earlier than 24 hours ago.
    ...caps.map(({ window, days }) => scaledMs(window, rules) + (days === 'calendar' ? DAY_MS : 0)),
    abandonmentSms === null ? 0 : scaledMs(abandonmentSms.window, rules),
  );
  return rules.now - longest;
}
