/** Customers who wait for an answer of the support, by what the helpdesk has told (domain/gate/openTicketCheck.ts). */
import { sql } from 'kysely';
import { scaledMs, type GateRules } from '../../domain/gate/gateRules.ts';
import { newestOpenTicket, TICKET_CLOSED, TICKET_OPENED, type TicketEvent } from '../../domain/gate/openTicketCheck.ts';
import { idsOf, type Session } from '../rows.ts';

interface Row {
  customer_id: string;
  type: string;
  occurred_at: number;
  properties_json: string;
}

/** @returns by customer, epoch ms of the newest open ticket; nobody when the policy has no such rule */
export async function readOpenTickets(
  session: Session,
  customerIds: Iterable<string>,
  rules: GateRules,
): Promise<Map<string, number>> {
  const ids = new Set(customerIds);
  const { openTicket } = rules.policy;
  if (openTicket === null || ids.size === 0) return new Map();
  const since = rules.now - scaledMs(openTicket.window, rules);
  const { rows } = await sql<Row>`
    select e.customer_id, e.type, e.occurred_at, e.properties_json
    from ${idsOf(session.dialect, ids)} as c
    cross join events e
    where e.customer_id = c.id and e.occurred_at > ${since} and e.test = 0
      and e.type in (${TICKET_OPENED}, ${TICKET_CLOSED})`.execute(session.db);
  const tickets = Map.groupBy(rows, (row) => row.customer_id);
  return new Map(
    [...tickets].flatMap(([customerId, events]) => {
      const openedAt = newestOpenTicket(events.map(ticketOf));
      return openedAt === null ? [] : [[customerId, openedAt] as const];
    }),
  );
}

function ticketOf({ type, occurred_at: at, properties_json: json }: Row): TicketEvent {
  const { ticketId } = JSON.parse(json) as { ticketId?: unknown };
  const isGiven = typeof ticketId === 'string' || typeof ticketId === 'number';
  return { type, at, ticketId: isGiven ? String(ticketId) : null };
}
