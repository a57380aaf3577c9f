/**
 * One SMS for each abandonment, within 48 hours of it: the carriers' rule for cart reminders (expected feature 4). It holds over all
 * journeys: two that speak about the same cart, checkout or event share the one message. What counts is what was attempted, as
 * for caps (frequencyCheck.ts).
 */
import type { Attempt } from './frequencyCheck.ts';
import { scaledMs, type GateRules } from './gateRules.ts';
import { when, type Objection } from './objection.ts';
import { urgencyOf } from './urgency.ts';

export interface Abandonment {
  /** Names of the event, its cart and its checkout: two abandonments with one in common are the same. */
  keys: readonly string[];
  /** Epoch ms. */
  occurredAt: number;
}

export interface AbandonmentSmsFacts {
  /** That a marketing SMS speaks about; null: another channel, or a journey that begins with something else. */
  abandonment: Abandonment | null;
  attempts: readonly Attempt[];
}

export function abandonmentSmsObjections(
  { abandonment, attempts }: AbandonmentSmsFacts,
  rules: GateRules,
): Objection[] {
  const rule = rules.policy.abandonmentSms;
  if (rule === null || abandonment === null) return [];
  const since = rules.now - scaledMs(rule.window, rules);
  const sent = attempts.filter(
    ({ channel, at, abandonmentKeys }) =>
      channel === 'sms' && at > since && abandonmentKeys.some((key) => abandonment.keys.includes(key)),
  );
  return when(abandonment.occurredAt <= since || sent.length >= rule.perEvent, 'abandonment_sms_limit');
}

/** @param run its entry event @returns null when that is no abandonment */
export function abandonmentOf(run: { entry_json: string; entry_occurred_at: number }): Abandonment | null {
  const keys = abandonmentKeysOf(run.entry_json);
  return keys === null ? null : { keys, occurredAt: run.entry_occurred_at };
}

/** @returns null when the entry is no abandonment */
export function abandonmentKeysOf(entryJson: string): string[] | null {
  const { type, eventId, properties } = JSON.parse(entryJson) as {
    type: string;
    eventId?: string;
    properties?: Record<string, unknown>;
  };
  if (urgencyOf(type) === null) return null;
  const named = { event: eventId, cart: properties?.['cartId'], checkout: properties?.['checkoutId'] };
  return Object.entries(named).flatMap(([kind, id]) => (typeof id === 'string' ? `${kind}/${id}` : []));
}
