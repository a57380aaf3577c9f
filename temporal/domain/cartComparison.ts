/** What has been put into a cart and taken out of it, found by comparing the whole cart with what it was (TRAPS, intake 13). */
import type { EventItem } from './event.ts';

export interface CartLine {
  /** The shop's key of the line: the same product with other options is another line. */
  key: string;
  item: EventItem;
  /** Above 0; may be a fraction (1.5 kg). */
  quantity: number;
}

export interface CartDifference {
  /** With the quantities that are new. */
  added: EventItem[];
  /** With the quantities that are gone. */
  removed: EventItem[];
  /** There was something, and now there is nothing. */
  isEmptied: boolean;
}

/** Fractions need not add up exactly. */
const NOTHING = 1e-9;

export function compareCarts(before: readonly CartLine[], after: readonly CartLine[]): CartDifference {
  const old = byKey(before);
  const now = byKey(after);
  const added: EventItem[] = [];
  const removed: EventItem[] = [];
  for (const [key, { item, quantity }] of now) {
    const more = rounded(quantity - (old.get(key)?.quantity ?? 0));
    if (more > NOTHING) added.push({ ...item, quantity: more });
    else if (more < -NOTHING) removed.push({ ...item, quantity: -more });
  }
  for (const [key, { item, quantity }] of old) if (!now.has(key)) removed.push({ ...item, quantity });
  return { added, removed, isEmptied: old.size > 0 && now.size === 0 };
}

/** Lines of the same key are one. */
function byKey(lines: readonly CartLine[]): Map<string, CartLine> {
  const found = new Map<string, CartLine>();
  for (const line of lines) {
    if (line.quantity <= NOTHING) continue;
    const known = found.get(line.key);
    found.set(line.key, { ...line, quantity: line.quantity + (known?.quantity ?? 0) });
  }
  return found;
}

/** 0.3 and no 0.30000000000000004. */
const rounded = (quantity: number): number => Number(quantity.toFixed(9));
