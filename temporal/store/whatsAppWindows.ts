/** Until when customers may be written to on WhatsApp in free words: 24 hours from what they last wrote, from that number. */
import { sql } from 'kysely';
import { inboundSource } from '../domain/ownSources.ts';
import { freeFormUntil, WINDOW_MS } from '../domain/whatsAppWindow.ts';
import { idsOf, type Session } from './rows.ts';

export interface WindowQuestion {
  customerId: string;
  /** E.164. */
  address: string;
}

export const windowKey = ({ customerId, address }: WindowQuestion): string => `${customerId}/${address}`;

/** @returns epoch ms by `windowKey`; where the window is closed there is none */
export async function readWhatsAppWindows(
  session: Session,
  questions: readonly WindowQuestion[],
  now: number,
): Promise<Map<string, number>> {
  if (questions.length === 0) return new Map();
  const ids = new Set(questions.map(({ customerId }) => customerId));
  const { rows } = await sql<{ customer_id: string; identity_json: string; at: number | string }>`
    select e.customer_id, e.identity_json, max(e.occurred_at) as at
    from ${idsOf(session.dialect, ids)} as c cross join events e
    where e.customer_id = c.id and e.occurred_at > ${now - WINDOW_MS} and e.source = ${inboundSource('whatsapp')}
    group by e.customer_id, e.identity_json`.execute(session.db);
  const windows = new Map<string, number>();
  for (const { customer_id: customerId, identity_json, at } of rows) {
    const { phone } = JSON.parse(identity_json) as { phone?: string };
    const until = freeFormUntil(Number(at), now);
    if (phone !== undefined && until !== null) windows.set(windowKey({ customerId, address: phone }), until);
  }
  return windows;
}
