/** Consent for the channel: marketing needs a yes. */
import type { ConsentState } from '../event.ts';
import type { Objection } from './objection.ts';

export interface ConsentFacts {
  /** null: never asked. */
  consent: ConsentState | null;
}

export function consentObjections({ consent }: ConsentFacts): Objection[] {
  if (consent === 'subscribed') return [];
  return [{ reason: consent === 'unsubscribed' ? 'unsubscribed' : 'no_consent' }];
}
