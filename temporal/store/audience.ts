/** Who belongs to an audience: all of them page by page in the order of their ids, or whether these do. */
import { sql, type RawBuilder } from 'kysely';
import type { Audience } from '../domain/audience.ts';
import { readRfmModel } from './rfmScores.ts';
import { idsOf, type Session } from './rows.ts';

/**
 * The next customers of an audience; one without any condition is everybody. Each page costs about what is on it, for it is
 * looked up in the index of the narrowest condition.
 * @param after the last customer of the page before; '' for the first page
 */
export async function listAudience(
  session: Session,
  audience: Audience,
  after: string,
  limit: number,
): Promise<string[]> {
  const meets = await conditionsOf(session, audience);
  // One sorted stretch of an index for each value: together they would have to be sorted for every page.
  const stretches = drivenBy(audience).map(
    ({ from, id }) => sql`
      select * from (select ${id} as id from ${from} and ${id} > ${after} and ${meets(id)}
        order by ${id} limit ${sql.lit(limit)}) as page`,
  );
  const { rows } = await sql<{ id: string }>`
    select id from (${sql.join(stretches, sql` union all `)}) as pages order by id limit ${sql.lit(limit)}`.execute(
    session.db,
  );
  return rows.map(({ id }) => id);
}

/** @param customerIds of surviving customers @returns those of them who belong to the audience */
export async function inAudience(
  session: Session,
  audience: Audience,
  customerIds: Iterable<string>,
): Promise<Set<string>> {
  const ids = [...customerIds];
  if (ids.length === 0) return new Set();
  const meets = await conditionsOf(session, audience);
  const { rows } = await sql<{ id: string }>`
    select c.id from ${idsOf(session.dialect, ids)} as r cross join customers c
    where c.id = r.id and c.merged_into is null and ${meets(sql`c.id`)}`.execute(session.db);
  return new Set(rows.map(({ id }) => id));
}

/** Where to look, each with a first condition and in the order of `id`. */
function drivenBy({ segments, churn, minimumOrders, averageOrderAboveMedian }: Audience) {
  if (segments.length > 0) {
    const id = sql`s.customer_id`;
    return [...new Set(segments)].map((segment) => ({ from: sql`rfm_scores s where s.segment = ${segment}`, id }));
  }
  if (churn.length > 0) {
    const id = sql`p.customer_id`;
    return [...new Set(churn)].map((risk) => ({ from: sql`predictions p where p.churn = ${risk}`, id }));
  }
  if (minimumOrders > 0 || averageOrderAboveMedian) {
    return [{ from: sql`totals t where t.orders > 0`, id: sql`t.customer_id` }];
  }
  return [{ from: sql`customers c where c.merged_into is null`, id: sql`c.id` }];
}

/** All that has to hold, of the customer whose id a column has. */
async function conditionsOf(
  session: Session,
  { segments, churn, minimumOrders, averageOrderAboveMedian }: Audience,
): Promise<(id: RawBuilder<unknown>) => RawBuilder<unknown>> {
  const medians = averageOrderAboveMedian ? ((await readRfmModel(session))?.model.medians ?? {}) : {};
  return (id) => {
    const all: RawBuilder<unknown>[] = [sql`1 = 1`];
    if (segments.length > 0) {
      all.push(sql`exists (select 1 from rfm_scores x
        where x.customer_id = ${id} and x.segment in (${sql.join([...segments])}))`);
    }
    if (churn.length > 0) {
      all.push(sql`exists (select 1 from predictions x
        where x.customer_id = ${id} and x.churn in (${sql.join([...churn])}))`);
    }
    if (minimumOrders > 0) {
      all.push(sql`exists (select 1 from totals x where x.customer_id = ${id} and x.orders >= ${minimumOrders})`);
    }
    if (averageOrderAboveMedian) {
      all.push(sql`exists (select 1 from totals x where x.customer_id = ${id} and x.orders > 0 and ${above(medians)})`);
    }
    return sql.join(all, sql` and `);
  };
}

/** Divided as for the median, so that nobody is above their own average. Nobody is above what is not known. */
function above(medians: Record<string, number>): RawBuilder<unknown> {
  const each = Object.entries(medians).map(
    ([currency, median]) => sql`(x.currency = ${currency}
      and cast(x.revenue_minor as double precision) / x.orders > cast(${median} as double precision))`,
  );
  return each.length === 0 ? sql`1 = 0` : sql`(${sql.join(each, sql` or `)})`;
}
