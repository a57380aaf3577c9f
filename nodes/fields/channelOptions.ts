/** Channels, as fields offer them. */
import type { INodePropertyOptions } from 'n8n-workflow';

export const channelOptions: INodePropertyOptions[] = [
  { name: 'Email', value: 'email' },
  { name: 'Push', value: 'push' },
  { name: 'SMS', value: 'sms' },
  { name: 'WhatsApp', value: 'whatsapp' },
];
