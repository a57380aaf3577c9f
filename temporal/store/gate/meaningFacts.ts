/** What the checks need that know what a message is about and what its customer has lately done. Transactional messages need none of it. */
import { abandonmentOf, type AbandonmentSmsFacts } from '../../domain/gate/abandonmentSmsCheck.ts';
import type { DisengagedFacts } from '../../domain/gate/disengagedCheck.ts';
import type { GateRules } from '../../domain/gate/gateRules.ts';
import type { OpenTicketFacts } from '../../domain/gate/openTicketCheck.ts';
import type { PriorityFacts } from '../../domain/gate/priorityCheck.ts';
import type { PromoPauseFacts } from '../../domain/gate/promoPauseCheck.ts';
import type { StockFacts } from '../../domain/gate/stockCheck.ts';
import type { TrackFacts } from '../../domain/gate/trackCheck.ts';
import type { Session } from '../rows.ts';
import { readTracks } from '../tracks.ts';
import { readAvailabilities } from './availabilities.ts';
import type { FactsQuestion } from './factsQuestion.ts';
import { readOpenRuns } from './openRuns.ts';
import { readOpenTickets } from './openTickets.ts';
import { readPaidSocialPurchases } from './paidSocialPurchases.ts';
import { readDisengagement } from './signsOfLife.ts';

export type MeaningFacts = TrackFacts &
  PromoPauseFacts &
  OpenTicketFacts &
  DisengagedFacts &
  StockFacts &
  Pick<AbandonmentSmsFacts, 'abandonment'> &
  PriorityFacts;

export interface MeaningQuestion extends FactsQuestion {
  /** Epoch ms of the consent for this channel; null: not subscribed. */
  subscribedAt: number | null;
  /** Epoch ms when the address was called disengaged. */
  calledDisengagedAt: number | null;
}

/** @returns in the order of the questions */
export async function readMeaningFacts(
  session: Session,
  questions: readonly MeaningQuestion[],
  rules: GateRules,
): Promise<MeaningFacts[]> {
  const marketing = questions.filter(({ category }) => category === 'marketing');
  const customersOf = (some: readonly MeaningQuestion[]) => new Set(some.map(({ customerId }) => customerId));
  const tracks = await readTracks(session, customersOf(marketing));
  const purchases = await readPaidSocialPurchases(session, customersOf(marketing), rules);
  const tickets = await readOpenTickets(session, customersOf(marketing), rules);
  const disengagement = new Map(
    (await readDisengagement(session, marketing, rules)).map((facts, index) => [marketing[index], facts]),
  );
  const availabilityOf = await readAvailabilities(
    session,
    marketing.flatMap(({ productIds }) => productIds),
  );
  const openRuns = await readOpenRuns(session, customersOf(marketing.filter(({ run }) => run !== null)));
  return questions.map((question) => {
    const { customerId, channel, category, run, track } = question;
    const open = openRuns.get(customerId) ?? [];
    const { signs, ignoredSince } = disengagement.get(question) ?? NOTHING_KNOWN;
    return {
      ...{ track, tracks: tracks.get(customerId) ?? [] },
      paidSocialPurchaseAt: purchases.get(customerId) ?? null,
      ticketOpenedAt: tickets.get(customerId) ?? null,
      ...{ channel, signs, ignoredSince },
      availabilities: question.productIds.map(availabilityOf),
      abandonment: category === 'marketing' && channel === 'sms' && run !== null ? abandonmentOf(run) : null,
      rank: open.find(({ id }) => id === run?.id) ?? null,
      otherRanks: open.filter(({ id }) => id !== run?.id),
    };
  });
}

const NOTHING_KNOWN: Pick<DisengagedFacts, 'signs' | 'ignoredSince'> = {
  signs: { lastSign: null, lastOrderAt: null, calledDisengagedAt: null },
  ignoredSince: null,
};
