/**
 * When a shop may write to a customer on WhatsApp in its own words. Outside of that Meta lets only approved templates through:
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages#customer-service-windows
 */

/** From the customer's last message on; Meta's hours, which no time scale shortens (ms). */
export const WINDOW_MS = 24 * 3_600_000;

/**
 * @param lastMessageAt epoch ms of the customer's last message to the shop
 * @returns epoch ms when the window closes; null: it is closed
 */
export function freeFormUntil(lastMessageAt: number | undefined, now: number): number | null {
  if (lastMessageAt === undefined) return null;
  // A phone's clock that is ahead opens the window for no longer.
  const until = Math.min(lastMessageAt, now) + WINDOW_MS;
  return until > now ? until : null;
}
