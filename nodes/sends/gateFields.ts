/** Fields of every node that asks the send gate: what kind of message it is, and what it is about. */
import type { INodeProperties } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';

export const categoryField: INodeProperties = {
  displayName: 'Category',
  name: 'category',
  type: 'options',
  default: 'marketing',
  options: [
    {
      name: 'Marketing',
      value: 'marketing',
      description: 'Needs consent; caps, gaps and the rest of the policy apply',
    },
    {
      name: 'Transactional',
      value: 'transactional',
      description: 'Part of an order, no promotion in it: the marketing checks are skipped',
    },
  ],
};

export const productIdsOption: INodeProperties = {
  displayName: 'Product IDs',
  name: 'productIds',
  type: 'string',
  default: '',
  placeholder: 'e.g. {{ $json.run.entry.properties.items.map(item => item.productId) }}',
  description:
    'Which products the message is about, with commas between them, or a list from an expression. When all of them are out of stock, it is not sent. When empty, stock is not looked at.',
};

export const topicOption: INodeProperties = {
  displayName: 'Topic',
  name: 'track',
  type: 'options',
  default: 'general',
  description: 'For customers who chose to hear of some things only',
  options: [
    { name: 'General', value: 'general' },
    { name: 'Local Events', value: 'local_events' },
    { name: 'Product News', value: 'product_news' },
  ],
};

/** @param given a list, or ids with commas between them */
export function productIdsOf(given: unknown): string[] {
  const ids = Array.isArray(given) ? given.map(fieldText) : fieldText(given).split(',');
  return [...new Set(ids.map((id) => id.trim()).filter((id) => id !== ''))];
}
