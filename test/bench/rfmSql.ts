/** RFM (CONTRACT section 7) in SQL, for lines of `customer_id, order_id, day, quantity, minor`. */

/** @param lines a query @param wholeDivision the operator that gives whole numbers */
export function rfmSql(lines: string, asOf: string, wholeDivision: string): string {
  const day = Date.parse(asOf) / 86_400_000;
  const score = (value: string) => `1 + (5 * (rank() over (order by ${value}) - 1)) ${wholeDivision} count(*) over ()`;
  return `with customers as (
      select customer_id, ${day} - max(day) filter (where quantity >= 0) as recency_days,
        count(distinct order_id) filter (where quantity >= 0) as orders, cast(sum(minor) as bigint) as money
      from (${lines}) as l where day <= ${day} group by customer_id)
    select customer_id, recency_days, orders, money, ${score('-recency_days')} as r, ${score('orders')} as f, ${score('money')} as m
    from customers where orders > 0 order by customer_id`;
}
