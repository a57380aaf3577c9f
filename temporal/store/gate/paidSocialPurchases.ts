/**
 * Purchases that paid social brought (domain/paidSocial.ts): by the campaign or click id of the purchase itself, else by the
 * customer's last touch before it. Worked out when it is asked, for few customers have bought within days: so it does not matter
 * in which order events and merges come. Cancelled and fully refunded orders do not count, and test orders are none.
 */
import { sql } from 'kysely';
import { LAST_TOUCH_WITHIN } from '../../domain/gate/promoPauseCheck.ts';
import { scaledMs, type GateRules } from '../../domain/gate/gateRules.ts';
import { isPaidSocial, isTouch, type Touch } from '../../domain/paidSocial.ts';
import { idsOf, type Session } from '../rows.ts';

/**
 * The event says where the customer came from, as far as text can tell (`isTouch`): a campaign with more than a referring site, which
 * comes last where the service itself makes campaigns of addresses, or a click id.
 */
const SAYS_WHERE_FROM = sql`(e.properties_json like '%"campaign":{"%' and e.properties_json not like '%"campaign":{"referrer":%'
        or e.identity_json like '%clid":%')`;

interface Row {
  customer_id: string;
  bought_at: number;
  own_properties: string | null;
  own_identity: string | null;
  touch_properties: string | null;
  touch_identity: string | null;
}

/** @returns by customer, epoch ms of the last such purchase; nobody when the policy has no pause */
export async function readPaidSocialPurchases(
  session: Session,
  customerIds: Iterable<string>,
  rules: GateRules,
): Promise<Map<string, number>> {
  const ids = new Set(customerIds);
  const { promoPause } = rules.policy;
  if (promoPause === null || ids.size === 0) return new Map();
  const since = rules.now - scaledMs(promoPause.window, rules);
  const touchesWithin = scaledMs(LAST_TOUCH_WITHIN, rules);
  const { rows } = await sql<Row>`
    select o.customer_id, o.occurred_at as bought_at, p.properties_json as own_properties,
      p.identity_json as own_identity, t.properties_json as touch_properties, t.identity_json as touch_identity
    from ${idsOf(session.dialect, ids)} as c
    cross join orders o
    left join events p on p.source = o.source and p.id = o.event_id
    left join events t on t.seq = (
      select e.seq from events e
      where e.customer_id = o.customer_id and e.occurred_at <= o.occurred_at
        and e.occurred_at > o.occurred_at - ${touchesWithin} and e.test = 0 and ${SAYS_WHERE_FROM}
      order by e.occurred_at desc, e.seq desc limit 1)
    where o.customer_id = c.id and o.occurred_at > ${since} and o.voided = 0
      and coalesce((select sum(f.value_minor) from refunds f
        where f.source = o.source and f.order_id = o.order_id), -1) < o.value_minor
    order by o.occurred_at`.execute(session.db);
  const purchases = new Map<string, number>();
  for (const row of rows) {
    const own = touchOf(row.own_properties, row.own_identity);
    const touch = isTouch(own) ? own : touchOf(row.touch_properties, row.touch_identity);
    if (isPaidSocial(touch)) purchases.set(row.customer_id, row.bought_at);
  }
  return purchases;
}

function touchOf(propertiesJson: string | null, identityJson: string | null): Touch {
  const { campaign } = objectOf(propertiesJson);
  const isGiven = typeof campaign === 'object' && campaign !== null && !Array.isArray(campaign);
  return { campaign: isGiven ? (campaign as Touch['campaign']) : {}, identity: objectOf(identityJson) };
}

const objectOf = (json: string | null): Record<string, unknown> =>
  json === null ? {} : (JSON.parse(json) as Record<string, unknown>);
