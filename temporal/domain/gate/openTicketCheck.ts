/**
 * No promotions to somebody who waits for an answer of the support: whoever has just written that a parcel is broken is not asked
 * to buy more. Service messages (transactional) pass. Such promotions are put off, not dropped, until the ticket is closed
 * (`custom:closed_ticket`), or until the policy's time is over, for helpdesks that say nothing of closing.
 */
import { scaledMs, type GateRules } from './gateRules.ts';
import type { Objection } from './objection.ts';

export const TICKET_OPENED = 'opened_ticket';
export const TICKET_CLOSED = 'custom:closed_ticket';

/** How often somebody with an open ticket is asked about again: a promotion is late by so much at most. */
const ASK_AGAIN_AFTER = 'P1D';

export interface OpenTicketFacts {
  /** Epoch ms of the newest ticket that is open; null: none lately. */
  ticketOpenedAt: number | null;
}

export interface TicketEvent {
  type: string;
  /** Epoch ms. */
  at: number;
  /** As the helpdesk has it; null: it says none. */
  ticketId: string | null;
}

/**
 * A closing is of the ticket with the same id; one without id is of all that were opened before, as is any closing of a ticket
 * without id.
 *
 * @param events lately, in any order @returns epoch ms of the newest ticket that is open; null: none
 */
export function newestOpenTicket(events: readonly TicketEvent[]): number | null {
  const closings = events.filter(({ type }) => type === TICKET_CLOSED);
  const isClosed = (ticket: TicketEvent): boolean =>
    closings.some(
      ({ at, ticketId }) =>
        at >= ticket.at && (ticketId === null || ticket.ticketId === null || ticketId === ticket.ticketId),
    );
  const open = events.filter((event) => event.type === TICKET_OPENED && !isClosed(event)).map(({ at }) => at);
  return open.length === 0 ? null : Math.max(...open);
}

export function openTicketObjections({ ticketOpenedAt }: OpenTicketFacts, rules: GateRules): Objection[] {
  const { openTicket } = rules.policy;
  if (openTicket === null || ticketOpenedAt === null) return [];
  const forgottenAt = ticketOpenedAt + scaledMs(openTicket.window, rules);
  if (forgottenAt <= rules.now) return [];
  const askAgainAt = rules.now + scaledMs(ASK_AGAIN_AFTER, rules);
  return [{ reason: 'open_ticket', until: Math.min(forgottenAt, askAgainAt) }];
}
