/** What stands above the texts of a message that is no e-mail. */
import type { INodeProperties } from 'n8n-workflow';

export const liquidNotice: INodeProperties = {
  displayName:
    'Texts are <a href="https://liquidjs.com/tutorials/intro-to-liquid.html" target="_blank">Liquid</a> over the item: <code>{{ customer.firstName }}</code> without <code>$json</code>. They are no n8n expressions: what you need in the text, put on the item before.',
  name: 'liquidNotice',
  type: 'notice',
  default: '',
};
