/** When customers last opened, clicked or ordered, and what they have ignored since: for the sunset rule. */
import { sql } from 'kysely';
import { mayBeDisengaged, type DisengagedFacts } from '../../domain/gate/disengagedCheck.ts';
import type { GateRules } from '../../domain/gate/gateRules.ts';
import type { Channel } from '../../domain/event.ts';
import { rowsOf, type Session } from '../rows.ts';

export interface EngagementQuestion {
  customerId: string;
  channel: Channel;
  /** Epoch ms; null: not subscribed. */
  subscribedAt: number | null;
  /** Epoch ms when the address was called disengaged; null: it was not. */
  calledDisengagedAt: number | null;
}

const KEY = { customer_id: 'text', channel: 'text' } as const;

/** @returns in the order of the questions */
export async function readDisengagement(
  session: Session,
  questions: readonly EngagementQuestion[],
  rules: GateRules,
): Promise<DisengagedFacts[]> {
  const rule = rules.policy.disengaged;
  // Most have subscribed lately, or are not asked about: nothing has to be read for them.
  const signs = await readSigns(
    session,
    questions.filter(
      ({ channel, subscribedAt, calledDisengagedAt }) =>
        calledDisengagedAt !== null ||
        mayBeDisengaged({ channel, signs: { lastSign: subscribedAt, lastOrderAt: null, calledDisengagedAt } }, rules),
    ),
  );
  const facts = questions.map((question) => ({
    ...{ customerId: question.customerId, channel: question.channel, ignoredSince: null },
    signs: signs.get(question) ?? {
      lastSign: question.subscribedAt,
      lastOrderAt: null,
      calledDisengagedAt: question.calledDisengagedAt,
    },
  }));
  if (rule === null) return facts;
  const ignored = await readIgnored(
    session,
    facts.filter((one) => mayBeDisengaged(one, rules)),
    Math.max(1, rule.minimumMessages),
  );
  return facts.map((one) => ({ ...one, ignoredSince: ignored.get(`${one.customerId}/${one.channel}`) ?? null }));
}

const latest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** @returns by question */
export async function readSigns<Question extends EngagementQuestion>(
  { db, dialect }: Session,
  asked: readonly Question[],
): Promise<Map<Question, DisengagedFacts['signs']>> {
  if (asked.length === 0) return new Map();
  const of = sql`sends s where s.customer_id = a.customer_id and s.channel = a.channel`;
  const { rows } = await sql<{
    customer_id: string;
    channel: string;
    opened_at: number | null;
    clicked_at: number | null;
    last_order_at: number | null;
  }>`
    select a.customer_id, a.channel, t.last_order_at,
      (select max(s.opened_at) from ${of} and s.opened_at is not null) as opened_at,
      (select max(s.clicked_at) from ${of} and s.clicked_at is not null) as clicked_at
    from ${rowsOf(dialect, KEY, asked.map(keyOf))} as a left join totals t on t.customer_id = a.customer_id`.execute(
    db,
  );
  const known = new Map(rows.map((row) => [`${row.customer_id}/${row.channel}`, row]));
  return new Map(
    asked.map((question) => {
      const { customerId, channel, subscribedAt, calledDisengagedAt } = question;
      const row = known.get(`${customerId}/${channel}`);
      const lastSign = latest(latest(row?.opened_at ?? null, row?.clicked_at ?? null), subscribedAt);
      return [question, { lastSign, lastOrderAt: row?.last_order_at ?? null, calledDisengagedAt }];
    }),
  );
}

/** By `customer/channel`, when the first went out after the last sign of life; of those who have had at least `count` since. */
async function readIgnored(
  { db, dialect }: Session,
  asked: readonly (Pick<DisengagedFacts, 'channel' | 'signs'> & { customerId: string })[],
  count: number,
): Promise<Map<string, number>> {
  if (asked.length === 0) return new Map();
  const rows = asked.map((one) => ({ ...keyOf(one), since: one.signs.lastSign ?? 0 }));
  const nth = (n: number) => sql`(
      select s.created_at from sends s
      where s.customer_id = a.customer_id and s.channel = a.channel and s.category = 'marketing' and s.decision = 'send'
        and s.status in ('sent', 'delivered') and s.created_at > a.since
      order by s.created_at limit 1 offset ${n - 1})`;
  const found = await sql<{ customer_id: string; channel: string; first: number; enough: number | null }>`
    select a.customer_id, a.channel, ${nth(1)} as first, ${nth(count)} as enough
    from ${rowsOf(dialect, { ...KEY, since: 'bigint' }, rows)} as a`.execute(db);
  return new Map(
    found.rows.flatMap(({ customer_id, channel, first, enough }) =>
      enough === null ? [] : [[`${customer_id}/${channel}`, first] as const],
    ),
  );
}

const keyOf = ({ customerId, channel }: { customerId: string; channel: Channel }) => ({
  customer_id: customerId,
  channel,
});
