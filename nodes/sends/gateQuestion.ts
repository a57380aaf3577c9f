/** What every node asks the send gate about one item: for which customer, in which run, about what. */
import type { IExecuteFunctions } from 'n8n-workflow';
import type { AuthorizeItem } from '../transport/contract/sends.ts';
import { customerIdOf, runOf } from '../transport/journeyItem.ts';
import { productIdsOf } from './gateFields.ts';
import type { ItemFields } from './itemFields.ts';
import { keyOutsideJourneys } from './pass.ts';

/** @throws NodeOperationError when the item has no customer */
export function gateQuestion(
  context: IExecuteFunctions,
  fields: ItemFields,
  itemIndex: number,
  isTest: boolean,
): Omit<AuthorizeItem, 'channel'> {
  const node = context.getNode();
  const customerId = customerIdOf(fields.json);
  if (!customerId) {
    throw fields.error(
      'This item has no customer',
      'Consent and caps are those of a customer: keep the "customer" field of the journey, or put a Customer node before this one.',
    );
  }
  const run = isTest ? null : runOf(fields.json);
  const productIds = productIdsOf(fields.optionValue('productIds'));
  return {
    ...{ ref: String(itemIndex), customerId, node: node.id, nodeName: node.name },
    category: fields.text('category') as AuthorizeItem['category'],
    track: (fields.option('track') || 'general') as AuthorizeItem['track'],
    ...(productIds.length > 0 ? { productIds } : {}),
    ...(run ? { runId: run.id, segment: run.segment } : { key: keyOutsideJourneys(context, itemIndex) }),
    ...(isTest ? { dryRun: true } : {}),
  };
}
