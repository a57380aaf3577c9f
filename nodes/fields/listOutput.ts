/** How a list comes out of an operation: as items of its own, or on the item that asked. */
import type { IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

export type ListOutput = 'items' | 'list';

/** @param field of the item, in which the list is */
export const outputField = (
  operation: string,
  usual: ListOutput,
  field: string,
  items: Required<Pick<INodePropertyOptions, 'name' | 'description'>>,
): INodeProperties => ({
  displayName: 'Output',
  name: 'output',
  type: 'options',
  default: usual,
  displayOptions: { show: { operation: [operation] } },
  options: [
    { ...items, value: 'items', description: `Without the fields of the item that came in. ${items.description}.` },
    { name: 'The Item With a List', value: 'list', description: `The item goes on, with the field ${field}` },
  ],
});

export const outputOf = (context: IExecuteFunctions, itemIndex: number, usual: ListOutput): ListOutput =>
  context.getNodeParameter('output', itemIndex, usual) as ListOutput;
