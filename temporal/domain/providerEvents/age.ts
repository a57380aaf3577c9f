/** How old a signed delivery may be. What comes twice changes nothing twice; this ends what somebody has kept for later. */

/** SendGrid goes on for 24 hours, SNS for one; whether they sign anew is nowhere said. */
const REPEATED_FOR_MS = 24 * 3_600_000;
/** Clocks differ. */
const AHEAD_MS = 5 * 60_000;

/** @param signedAt epoch ms @param now epoch ms */
export const isWithinRepeats = (signedAt: number, now: number): boolean =>
  signedAt <= now + AHEAD_MS && signedAt >= now - REPEATED_FOR_MS - AHEAD_MS;
