/** The fields of Channel Send: those of all channels, and each channel's own while it is chosen. */
import type { INodeProperties } from 'n8n-workflow';
import { channelOptions } from '../fields/channelOptions.ts';
import { categoryField, productIdsOption, topicOption } from '../sends/gateFields.ts';
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

const providerField = ({ channel, usualProvider }: SendChannel): INodeProperties => ({
  displayName: 'Provider',
  name: 'provider',
  type: 'options',
  noDataExpression: true,
  default: usualProvider,
  options: providersOf(channel).map(({ displayName, name }) => ({ name: displayName, value: name })),
});

const commonOptions = ({ testPlaceholder }: SendChannel): INodeProperties[] => [
  productIdsOption,
  {
    displayName: 'Test Address',
    name: 'testAddress',
    type: 'string',
    default: '',
    placeholder: testPlaceholder,
    description:
      'In a manual test the message really goes here, and to nobody else. When empty, a test only shows a preview.',
  },
  topicOption,
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
  categoryField,
  ...SEND_CHANNELS.flatMap((channel) => shownFor(channel, [...channel.properties, optionsField(channel)])),
];
