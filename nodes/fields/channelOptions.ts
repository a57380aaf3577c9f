/** Channels, as fields offer them, and the field of operations that are about one of them. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

export const channelOptions: INodePropertyOptions[] = [
  { name: 'Email', value: 'email' },
  { name: 'Push', value: 'push' },
  { name: 'SMS', value: 'sms' },
  { name: 'WhatsApp', value: 'whatsapp' },
];

export const channelField = (operation: string): INodeProperties => ({
  displayName: 'Channel',
  name: 'channel',
  type: 'options',
  default: 'email',
  displayOptions: { show: { operation: [operation] } },
  options: channelOptions,
});
