/** Double opt-in: what became of a request to confirm, seen from now. */
import type { ConsentEntry } from './consent.ts';

/** As stored; a request that nobody has confirmed in time is still `pending` there. */
export type StoredOptInState = 'pending' | 'confirmed' | 'superseded';
export type OptInState = StoredOptInState | 'expired';

export interface OptInTimes {
  state: StoredOptInState;
  /** Epoch ms. */
  createdAt: number;
  expiresAt: number;
}

/** A later word of the person against messages outweighs a link that was sent before it; of two at once the stricter. */
export function optInState(request: OptInTimes, consent: ConsentEntry | undefined, now: number): OptInState {
  if (request.state !== 'pending') return request.state;
  if (consent?.state === 'unsubscribed' && consent.at >= request.createdAt) return 'superseded';
  return now >= request.expiresAt ? 'expired' : 'pending';
}
