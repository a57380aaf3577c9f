/** Properties as name and value: of a customer, or of an entry. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

export const propertiesField = (
  operation: string,
  placeholder: string,
  more: Pick<INodeProperties, 'displayName' | 'description'>,
): INodeProperties => ({
  name: 'properties',
  type: 'fixedCollection',
  placeholder: 'Add Property',
  default: {},
  typeOptions: { multipleValues: true },
  displayOptions: { show: { operation: [operation] } },
  options: [
    {
      displayName: 'Property',
      name: 'property',
      values: [
        { displayName: 'Name', name: 'name', type: 'string', default: '', placeholder },
        { displayName: 'Value', name: 'value', type: 'string', default: '' },
      ],
    },
  ],
  ...more,
});

/** Those without a name are left out. @returns undefined when there are none */
export function propertiesOf(context: IExecuteFunctions, itemIndex: number): IDataObject | undefined {
  const entries = context.getNodeParameter('properties.property', itemIndex, []) as Array<{
    name: string;
    value: unknown;
  }>;
  const named = entries.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]);
  return named.length > 0 ? (Object.fromEntries(named) as IDataObject) : undefined;
}
