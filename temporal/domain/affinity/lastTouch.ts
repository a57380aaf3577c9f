/** Which message has brought an order, of one customer's (the rule and its windows: `domain/reports/attribution.ts`). */
import type { Channel } from '../event.ts';
import { TOUCHES, type WindowLengths } from '../reports/attribution.ts';

export interface TouchedMessage {
  id: string;
  channel: Channel;
  /** Epoch ms: when its window opened. */
  createdAt: number;
  deliveredAt: number | null;
  /** By a person. */
  openedAt: number | null;
  clickedAt: number | null;
}

/** @returns null: none of them */
export function broughtBy<M extends TouchedMessage>(
  orderedAt: number,
  messages: readonly M[],
  windows: WindowLengths,
): M | null {
  let best: { message: M; at: number } | null = null;
  for (const message of messages) {
    const at = lastTouch(orderedAt, message, windows);
    if (at === null) continue;
    if (best === null || isLater({ message, at }, best)) best = { message, at };
  }
  return best?.message ?? null;
}

function lastTouch(orderedAt: number, message: TouchedMessage, windows: WindowLengths): number | null {
  const since = orderedAt - message.createdAt;
  const touches = TOUCHES.flatMap((touch) => {
    const at = { click: message.clickedAt, open: message.openedAt, delivery: message.deliveredAt }[touch];
    const length = windows[message.channel][touch];
    return at !== null && length !== null && at <= orderedAt && since >= 0 && since <= length ? [at] : [];
  });
  return touches.length === 0 ? null : Math.max(...touches);
}

interface Touched {
  message: TouchedMessage;
  at: number;
}

/** Of two at the same time the one that was made later. */
function isLater(one: Touched, other: Touched): boolean {
  if (one.at !== other.at) return one.at > other.at;
  if (one.message.createdAt !== other.message.createdAt) return one.message.createdAt > other.message.createdAt;
  return one.message.id > other.message.id;
}
