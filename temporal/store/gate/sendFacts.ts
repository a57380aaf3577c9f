/** The facts that the send gate decides from, for a whole batch in a few statements. */
import { sql } from 'kysely';
import type { Channel } from '../../domain/event.ts';
import { addressIdentifier, normaliseAddress } from '../../domain/gate/address.ts';
import { attemptsSince } from '../../domain/gate/frequencyCheck.ts';
import type { GateRules } from '../../domain/gate/gateRules.ts';
import { clockOf, goesByClock, SHOP_CLOCK, type RecipientClock } from '../../domain/gate/recipientClock.ts';
import type { SendFacts } from '../../domain/gate/sendGate.ts';
import { zonesOfPhone } from '../../phoneZones.ts';
import { findConsents } from '../consents.ts';
import { findErasedAddresses, type ErasedReason } from '../erasedAddresses.ts';
import { exitedRuns } from '../exitedRuns.ts';
import { idsOf, rowsOf, type Session } from '../rows.ts';
import { readAttempts } from './attempts.ts';
import type { FactsQuestion } from './factsQuestion.ts';
import { readMeaningFacts } from './meaningFacts.ts';
import { readPlaces, type KnownPlace } from './recipientClocks.ts';

/** While a journey is paused, its messages ask again this often; ms, scaled, but never more often than each second. */
const PAUSE_RECHECK_MS = 60_000;

/** @returns in the order of the questions */
export async function readSendFacts(
  session: Session,
  questions: readonly FactsQuestion[],
  rules: GateRules,
): Promise<SendFacts[]> {
  if (questions.length === 0) return [];
  const { policy, now, timeScale } = rules;
  const customerIds = new Set(questions.map((question) => question.customerId));
  const addresses = await readAddresses(session, customerIds);
  const consents = new Map(
    (await findConsents(session, customerIds)).map((row) => [`${row.customerId}/${row.channel}`, row]),
  );
  const asked = questions.map((question) => {
    const kind = addressIdentifier(question.channel);
    const own = kind === null ? undefined : addresses.get(`${question.customerId}/${kind}`);
    const address = question.address ?? own ?? null;
    return { ...question, address, normal: address === null ? null : normaliseAddress(question.channel, address) };
  });
  const suppressions = await readSuppressions(session, asked);
  const erased = await findErasedAddresses(
    session,
    asked.flatMap(({ channel, normal }) => (normal === null ? [] : [{ channel, address: normal }])),
  );
  const exited = await exitedRuns(
    session,
    questions.flatMap(({ run }) => run ?? []),
  );
  const suppressedOf = ({ channel, normal }: { channel: Channel; normal: string | null }): Suppression[] =>
    (normal !== null && suppressions.get(`${channel}/${normal}`)) || [];
  const meanings = await readMeaningFacts(
    session,
    asked.map((one) => {
      const { state, at } = consents.get(`${one.customerId}/${one.channel}`) ?? { state: 'never', at: 0 };
      const disengaged = suppressedOf(one).find(({ reason }) => reason === 'disengaged');
      return {
        ...one,
        subscribedAt: state === 'subscribed' ? at : null,
        calledDisengagedAt: disengaged?.at ?? null,
      };
    }),
    rules,
  );
  const marketed = new Set(questions.flatMap((one) => (one.category === 'marketing' ? one.customerId : [])));
  const attempts = await readAttempts(session, marketed, attemptsSince(rules), now);
  const needsClock = ({ category, channel }: FactsQuestion) => category === 'marketing' && goesByClock(policy, channel);
  const places = await readPlaces(session, new Set(questions.filter(needsClock).map((one) => one.customerId)));
  const pausedUntil = now + Math.max(1000, Math.round(PAUSE_RECHECK_MS / timeScale));

  return asked.flatMap((one, index) => {
    const { customerId, channel, category, run, alreadySent, address, normal, ownId } = one;
    const meaning = meanings[index];
    if (!meaning) return [];
    const phone = addressIdentifier(channel) === 'phone' ? normal : (addresses.get(`${customerId}/phone`) ?? null);
    return {
      ...meaning,
      customerId,
      category,
      goalReached: run !== null && (run.status !== 'running' || exited.has(run.id)),
      alreadySent,
      address: normal ?? address,
      suppressed: suppressedOf(one).map(({ reason }) => reason),
      consent: consents.get(`${customerId}/${channel}`)?.state ?? null,
      erased: isErased(normal === null ? undefined : erased.get(`${channel}/${normal}`)?.reason, category),
      pausedUntil: run?.paused || policy.killSwitch ? pausedUntil : null,
      attempts: (attempts.get(customerId) ?? []).filter(({ sendId }) => sendId !== ownId),
      clock: needsClock(one) ? clockAt(places.get(customerId), phone) : SHOP_CLOCK,
    };
  });
}

const clockAt = (place: KnownPlace | undefined, phone: string | null): RecipientClock =>
  clockOf({
    ...(place ?? { timeZone: null, country: null }),
    ...{ phone, phoneZones: phone === null ? null : zonesOfPhone(phone) },
  });

/** Who had unsubscribed before being erased still gets what belongs to an order. */
const isErased = (reason: ErasedReason | undefined, category: SendFacts['category']): boolean =>
  reason !== undefined && (category === 'marketing' || reason !== 'unsubscribed');

/** By `customer/kind`, the e-mail and phone that were added last. */
async function readAddresses(session: Session, customerIds: Set<string>): Promise<Map<string, string>> {
  const { rows } = await sql<{ customer_id: string; kind: string; value: string }>`
    select i.customer_id, i.kind, i.value
    from ${idsOf(session.dialect, customerIds)} as c cross join identifiers i
    where i.customer_id = c.id and i.kind in ('email', 'phone') order by i.created_at, i.value`.execute(session.db);
  return new Map(rows.map((row) => [`${row.customer_id}/${row.kind}`, row.value]));
}

interface Suppression {
  reason: string;
  /** Epoch ms. */
  at: number;
}

/** By `channel/address`, whoever it belongs to now. */
async function readSuppressions(
  session: Session,
  asked: readonly { channel: Channel; normal: string | null }[],
): Promise<Map<string, Suppression[]>> {
  const wanted = asked.flatMap(({ channel, normal }) => (normal === null ? [] : [{ channel, address: normal }]));
  if (wanted.length === 0) return new Map();
  const table = rowsOf(session.dialect, { channel: 'text', address: 'text' }, wanted);
  const { rows } = await sql<Suppression & { channel: string; address: string }>`
    select s.channel, s.address, s.reason, s.at from ${table} as a cross join suppressions s
    where s.channel = a.channel and s.address = a.address`.execute(session.db);
  return Map.groupBy(rows, ({ channel, address }) => `${channel}/${address}`);
}
