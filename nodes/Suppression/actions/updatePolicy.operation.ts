/** Suppression → Update Policy: reads the policy, changes what is filled in, writes it back. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { jsonParse, NodeOperationError } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';
import { itemWith, type Referenced } from '../../transport/batchedItems.ts';
import type { PolicyAnswer } from '../../transport/contract/sends.ts';
import type { JourneysApi } from '../../transport/journeysApi.ts';

const show = { operation: ['updatePolicy'] };

/** Of the field's name after `gap`. */
const CHANNELS = { Email: 'email', Push: 'push', Sms: 'sms', WhatsApp: 'whatsapp' } as const;

const gapField = (name: keyof typeof CHANNELS, displayName: string, hours: number): INodeProperties => ({
  displayName,
  name: `gap${name}`,
  type: 'number',
  typeOptions: { minValue: 0, numberPrecision: 2 },
  default: hours,
  description: 'Between two marketing messages to one customer on this channel; 0 for no minimum',
});

export const description: INodeProperties[] = [
  {
    displayName: 'Changes',
    name: 'changes',
    type: 'collection',
    placeholder: 'Add Change',
    default: {},
    description: 'What is not added here stays as it is',
    displayOptions: { show },
    options: [
      {
        displayName: 'Further Rules',
        name: 'rules',
        type: 'json',
        default: '{\n  "caps": [{ "channels": ["email"], "count": 5, "window": "P7D", "days": "rolling" }]\n}',
        description:
          'As JSON, with the names that Get Policy shows: caps, quietHours, promoPause, openTicket, abandonmentSms, disengaged. Lists are replaced, null switches a rule off.',
      },
      {
        displayName: 'Holdout (%)',
        name: 'holdoutPercent',
        type: 'number',
        typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
        default: 0,
        description: 'Share of customers who get no marketing, to compare with',
      },
      {
        displayName: 'Kill Switch',
        name: 'killSwitch',
        type: 'boolean',
        default: true,
        description: 'Whether all messages are held until it is switched off again',
      },
      gapField('Email', 'Minimum Gap Email (Hours)', 16),
      gapField('Push', 'Minimum Gap Push (Hours)', 24),
      gapField('Sms', 'Minimum Gap SMS (Hours)', 24),
      gapField('WhatsApp', 'Minimum Gap WhatsApp (Hours)', 24),
      {
        displayName: "Shop's Time Zone",
        name: 'shopTimezone',
        type: 'string',
        default: '',
        placeholder: 'e.g. Europe/Vienna',
        description: 'For customers of whom neither zone nor country is known',
      },
      {
        displayName: 'When Too Early',
        name: 'onGap',
        type: 'options',
        default: 'skip',
        description: 'What becomes of a message within the minimum gap',
        options: [
          { name: 'Drop It', value: 'skip' },
          { name: 'Send It Later', value: 'defer', description: 'In a journey' },
        ],
      },
    ],
  },
];

interface UpdateRequest {
  changes: IDataObject;
}

export function request(context: IExecuteFunctions, itemIndex: number): UpdateRequest {
  const fields = context.getNodeParameter('changes', itemIndex, {}) as IDataObject;
  const gaps: IDataObject = {};
  for (const [name, channel] of Object.entries(CHANNELS)) {
    const hours = fields[`gap${name}`];
    if (hours !== undefined) gaps[channel] = Number(hours) > 0 ? `PT${Math.round(Number(hours) * 60)}M` : null;
  }
  if (fields.onGap !== undefined) gaps.onGap = fields.onGap;
  const { holdoutPercent, killSwitch, rules } = fields;
  const shopTimezone = fieldText(fields.shopTimezone).trim();
  const changes = merged(
    {
      ...(Object.keys(gaps).length > 0 ? { gaps } : {}),
      ...(holdoutPercent === undefined ? {} : { holdoutPercent: Number(holdoutPercent) }),
      ...(killSwitch === undefined ? {} : { killSwitch: killSwitch === true }),
      ...(shopTimezone === '' ? {} : { shopTimezone }),
    },
    rules === undefined ? {} : rulesOf(context, rules, itemIndex),
  );
  if (Object.keys(changes).length > 0) return { changes };
  throw new NodeOperationError(context.getNode(), 'There is nothing to change', {
    itemIndex,
    description: 'Add at least one entry under "Changes".',
  });
}

function rulesOf(context: IExecuteFunctions, given: unknown, itemIndex: number): IDataObject {
  const rules = typeof given === 'string' ? jsonParse<unknown>(given, { fallbackValue: null }) : given;
  if (isObject(rules)) return rules;
  throw new NodeOperationError(context.getNode(), 'The further rules are no JSON object', {
    itemIndex,
    description: 'Write them as Get Policy shows them, for example { "promoPause": null }.',
  });
}

const isObject = (value: unknown): value is IDataObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are merged, lists and everything else replaced. */
function merged(policy: IDataObject, changes: IDataObject): IDataObject {
  const result = { ...policy };
  for (const [name, value] of Object.entries(changes)) {
    const before = result[name];
    result[name] = isObject(value) && isObject(before) ? merged(before, value) : value;
  }
  return result;
}

/** Items with the same changes make them once. */
export async function call(api: JourneysApi, requests: Array<Referenced<UpdateRequest>>): Promise<PolicyAnswer[]> {
  const answers = new Map<string, Omit<PolicyAnswer, 'ref'>>();
  for (const { changes } of requests) {
    const key = JSON.stringify(changes);
    if (!answers.has(key)) answers.set(key, await api.putPolicy(merged(await api.policy(), changes)));
  }
  return requests.map(({ ref, changes }) => ({ ...(answers.get(JSON.stringify(changes)) as PolicyAnswer), ref }));
}

export async function rehearse(
  context: IExecuteFunctions,
  api: JourneysApi,
  requests: Array<Referenced<UpdateRequest>>,
): Promise<PolicyAnswer[]> {
  context.addExecutionHints({
    message: 'Test run: the policy was not changed. The item shows how it would be.',
    location: 'outputPane',
  });
  const policy = await api.policy();
  return requests.map(({ ref, changes }) => ({ ref, policy: merged(policy, changes) }));
}

export const output = ({ policy }: PolicyAnswer, context: IExecuteFunctions, itemIndex: number): INodeExecutionData[] =>
  itemWith(context, itemIndex, { policy });
