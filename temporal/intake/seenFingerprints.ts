/** Keeps the fingerprints that a batch's events tell, and forgets those of people who no longer agree. */
import { forgetFingerprintsOf, keepFingerprints } from '../store/fingerprints.ts';
import type { Session } from '../store/rows.ts';
import type { ResolvedEvent } from './resolvedEvent.ts';

/** @param events those that count, in the order in which they happened @param keeps whether the operator wants them at all */
export async function noteFingerprints(
  session: Session,
  events: readonly ResolvedEvent[],
  keeps: boolean,
  now: number,
): Promise<void> {
  const withdrawn = new Set<string>();
  const seen = new Map<string, Set<string>>();
  for (const { customerId, fingerprint, isHistory } of events) {
    if (fingerprint === null) {
      withdrawn.add(customerId);
      seen.delete(customerId);
    } else if (keeps && fingerprint !== undefined && !isHistory) {
      seen.set(customerId, (seen.get(customerId) ?? new Set()).add(fingerprint));
    }
  }
  await forgetFingerprintsOf(session, withdrawn);
  const kept = [...seen].flatMap(([customerId, list]) => [...list].map((fingerprint) => ({ customerId, fingerprint })));
  await keepFingerprints(session, kept, now);
}
