/** An event in a line: what it was, and of its properties what tells one from another. */
import { currencyExponent } from '../../domain/money.ts';
import type { EventItem } from '../../domain/event.ts';
import type { EventView } from '../../store/lists.ts';

/** Items that are named; of more the number is told. */
const NAMED_ITEMS = 3;
/** Properties that are shown of an event whose meaning nobody here knows. */
const OTHERS = 4;
const LONGEST = 80;

/** Said in other words, or only of use to machines. */
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'items',
    'currency',
    'valueMinor',
    'value',
    'orderId',
    'query',
    'channel',
    'url',
    'title',
    'campaign',
    'from',
    'to',
  ],
  ...['cartId', 'checkoutId', 'sendId', 'runId', 'address', 'discountMinor'],
  ...['category', 'journey', 'node', 'nodeName', 'provider', 'toldBy'],
]);

/** '' when there is nothing to tell. */
export function eventDetails({ properties }: Pick<EventView, 'properties'>): string {
  const { items, currency, valueMinor, discountMinor, orderId, query, channel, nodeName, url, campaign, from, to } =
    properties;
  const amount = (minor: unknown): string | null =>
    typeof minor === 'number' && typeof currency === 'string' ? exactMoney(minor, currency) : null;
  const discount = amount(discountMinor);
  const parts = [
    itemWords(items),
    amount(valueMinor),
    discount === null || discountMinor === 0 ? null : `${discount} off`,
    textOf(orderId, (text) => `order ${text}`),
    textOf(query, (text) => `“${text}”`),
    textOf(channel, (text) => text),
    textOf(nodeName, (text) => `“${text}”`),
    typeof from === 'string' && typeof to === 'string' ? `from ${plain(from)} to ${plain(to)}` : null,
    textOf(url, (text) => text),
    campaignWords(campaign),
    ...otherWords(properties),
  ];
  return parts.filter((part) => part !== null && part !== '').join(' · ');
}

/** With its cents. */
export function exactMoney(minor: number, currency: string): string {
  const digits = currencyExponent(currency);
  if (digits === null) return `${minor} ${currency}`;
  return (minor / 10 ** digits).toLocaleString('en', { style: 'currency', currency, minimumFractionDigits: digits });
}

function itemWords(items: unknown): string | null {
  if (!Array.isArray(items) || items.length === 0) return null;
  const named = (items as EventItem[]).slice(0, NAMED_ITEMS).map(({ name, productId, quantity }) => {
    const times = typeof quantity === 'number' && quantity !== 1 ? `${quantity} × ` : '';
    return `${times}${cut(String(name ?? productId ?? 'a product'))}`;
  });
  const more = items.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

function campaignWords(campaign: unknown): string | null {
  if (typeof campaign !== 'object' || campaign === null) return null;
  const { source, medium, name } = campaign as Record<string, unknown>;
  const words = [source, medium, name].filter((part): part is string => typeof part === 'string' && part !== '');
  return words.length === 0 ? null : `campaign ${cut(words.join(' / '))}`;
}

function otherWords(properties: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(properties)
    .filter(([name, value]) => !KNOWN.has(name) && ['string', 'number', 'boolean'].includes(typeof value))
    .slice(0, OTHERS)
    .map(([name, value]) => `${cut(name)}: ${cut(String(value))}`);
}

const textOf = (value: unknown, words: (text: string) => string): string | null =>
  typeof value === 'string' && value !== '' ? words(cut(value)) : null;

const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).trimEnd()}…`);

const plain = (word: string): string => cut(word.replaceAll('_', ' '));
