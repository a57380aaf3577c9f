/** Fields whose text is Liquid, which the service renders over the item. */
import type { INodeProperties } from 'n8n-workflow';

/** Liquid has braces too: as soon as they are typed, the editor would make an n8n expression of the field. */
export const LIQUID = { noDataExpression: true } as const;

/** What stands above the texts of a message that is no e-mail. */
export const liquidNotice: INodeProperties = {
  displayName:
    'Texts are <a href="https://liquidjs.com/tutorials/intro-to-liquid.html" target="_blank">Liquid</a> over the item: <code>{{ customer.firstName }}</code> without <code>$json</code>. They are no n8n expressions: what you need in the text, put on the item before.',
  name: 'liquidNotice',
  type: 'notice',
  default: '',
};

/** The words of a message. */
export const liquidText = (more: Partial<INodeProperties> = {}): INodeProperties => ({
  displayName: 'Text',
  name: 'text',
  type: 'string',
  ...LIQUID,
  typeOptions: { rows: 4 },
  default: '',
  ...more,
});
