/** The fields of Channel Send: those of all channels, and each channel's own while it is chosen. */
import type { INodeProperties } from 'n8n-workflow';
import { channelOptions } from '../fields/channelOptions.ts';
import type { SendChannel } from './channels/channel.ts';
import { SEND_CHANNELS } from './channels/channels.ts';
import { providersOf } from './providers/registry.ts';

const channelField: INodeProperties = {
  displayName: 'Channel',
  name: 'channel',
  type: 'options',
  noDataExpression: true,
  default: 'email',
  options: channelOptions.filter(({ value }) => SEND_CHANNELS.some(({ channel }) => channel === value)),
};

const category: INodeProperties = {
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

const providerField = ({ channel, usualProvider }: SendChannel): INodeProperties => ({
  displayName: 'Provider',
  name: 'provider',
  type: 'options',
  noDataExpression: true,
  default: usualProvider,
  options: providersOf(channel).map(({ displayName, name }) => ({ name: displayName, value: name })),
});

const commonOptions = ({ testPlaceholder }: SendChannel): INodeProperties[] => [
  {
    displayName: 'Product IDs',
    name: 'productIds',
    type: 'string',
    default: '',
    placeholder: 'e.g. {{ $json.run.entry.properties.items.map(item => item.productId) }}',
    description:
      'Which products the message is about, with commas between them, or a list from an expression. When all of them are out of stock, it is not sent. Those that the item names when empty.',
  },
  {
    displayName: 'Test Address',
    name: 'testAddress',
    type: 'string',
    default: '',
    placeholder: testPlaceholder,
    description:
      'In a manual test the message really goes here, and to nobody else. When empty, a test only shows a preview.',
  },
  {
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
  },
];

const byName = (a: INodeProperties, b: INodeProperties) => a.displayName.localeCompare(b.displayName);

const optionsField = (channel: SendChannel): INodeProperties => ({
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add Option',
  default: {},
  options: [...channel.options, ...commonOptions(channel)].sort(byName),
});

const shownFor = ({ channel }: SendChannel, properties: INodeProperties[]): INodeProperties[] =>
  properties.map((property) => {
    const { show = {}, ...rest } = property.displayOptions ?? {};
    return { ...property, displayOptions: { ...rest, show: { channel: [channel], ...show } } };
  });

export const sendProperties: INodeProperties[] = [
  channelField,
  ...SEND_CHANNELS.flatMap((channel) => shownFor(channel, [providerField(channel)])),
  category,
  ...SEND_CHANNELS.flatMap((channel) => shownFor(channel, [...channel.properties, optionsField(channel)])),
];
