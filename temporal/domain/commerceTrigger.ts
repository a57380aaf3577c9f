/** What a Commerce Trigger wants to hear of, and the item that it starts an execution with. */
import { ALARMS, COMPLAINT_ALARM, shownAlarm, type Alarm } from './complaints.ts';
import { CORE_EVENT_TYPES, FURTHER_EVENT_TYPES, type CanonicalEvent } from './event.ts';
import type { ItemCustomer } from './journeyItem.ts';
import { isExpression, isObject, type ParameterProblem, type RawParameters } from './parameterReading.ts';
import { isoTime } from './textValues.ts';

const SHOP_KINDS = ['shopify', 'woocommerce', 'custom'] as const;
export type ShopKind = (typeof SHOP_KINDS)[number];

/** As `/v1/connections` takes them. */
const CONNECTION = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Of an own shop, when the node names none: the one that `npm start` makes. */
const OWN_SHOP = 'shop';
const EVENT_TYPES: ReadonlySet<string> = new Set([...CORE_EVENT_TYPES, ...FURTHER_EVENT_TYPES]);
const CUSTOM_TYPE = /^custom:[^\s\p{Cc}]{1,100}$/u;

export interface ShopSubscription {
  kind: ShopKind;
  /** null: named after the shop's address, which only the node's credentials tell; the node says it when it is published. */
  connection: string | null;
  /** null: every type. */
  types: ReadonlySet<string> | null;
  /** Test orders count nowhere; an operator may want to see them all the same. */
  includesTests: boolean;
}

/** @param parameters of the node as n8n keeps them: defaults are missing */
export function readCommerceTrigger(parameters: RawParameters): {
  subscription: ShopSubscription;
  problems: ParameterProblem[];
} {
  const problems: ParameterProblem[] = [];
  const report: Report = (name, message) => problems.push({ path: `/parameters/${name}`, message });
  const kind = SHOP_KINDS.find((known) => known === (parameters['shop'] ?? 'shopify'));
  if (!kind) report('shop', `has to be one of ${SHOP_KINDS.join(', ')}`);
  const options = isObject(parameters['options']) ? parameters['options'] : {};
  return {
    subscription: {
      kind: kind ?? 'custom',
      connection: readConnection(parameters['connection'], kind, report),
      types: readTypes(parameters, report),
      includesTests: options['includeTests'] === true,
    },
    problems,
  };
}

type Report = (name: string, message: string) => void;

function readConnection(given: unknown, kind: ShopKind | undefined, report: Report): string | null {
  const name = typeof given === 'string' ? given.trim() : '';
  if (name === '') return kind === 'custom' ? OWN_SHOP : null;
  if (isExpression(name)) report('connection', 'is an expression, but it is read only once. Switch it to "Fixed"');
  else if (!CONNECTION.test(name)) {
    report('connection', `is "${name.slice(0, 80)}". Use small letters, digits, hyphens and dots, such as my-shop`);
  }
  return name;
}

function readTypes(parameters: RawParameters, report: Report): ReadonlySet<string> | null {
  if ((parameters['output'] ?? 'all') !== 'chosen') return null;
  const chosen: unknown[] = Array.isArray(parameters['eventTypes']) ? parameters['eventTypes'] : [];
  const custom = typeof parameters['customTypes'] === 'string' ? parameters['customTypes'].split(',') : [];
  const names = custom.map((name) => name.trim()).filter((name) => name !== '');
  const types = new Set<unknown>([...chosen, ...names.map((name) => `custom:${name.replace(/^custom:/, '')}`)]);
  for (const type of types) {
    if (typeof type === 'string' && (EVENT_TYPES.has(type) || CUSTOM_TYPE.test(type))) continue;
    const shown = typeof type === 'string' ? `"${type.slice(0, 120)}"` : 'something';
    report('eventTypes', `has ${shown} in it, which is no event type. Choose from the list`);
  }
  if (types.size === 0) report('eventTypes', 'is empty. Choose at least one event, or output all of them');
  return types as Set<string>;
}

/** Whether an event of its connection is delivered: one that is new, no history and no repeated order. */
export function wants(
  { types, includesTests }: Pick<ShopSubscription, 'types' | 'includesTests'>,
  event: Pick<CanonicalEvent, 'type' | 'test'>,
): boolean {
  if (event.test && !includesTests) return false;
  return types === null || types.has(event.type);
}

/** Alarms are of all shops: they go to triggers that have chosen them, never to those that get all events of their shop. */
export const wantsAlarms = ({ types }: Pick<ShopSubscription, 'types'>): boolean =>
  types?.has(COMPLAINT_ALARM) ?? false;

export type DeliveredEvent = Pick<
  CanonicalEvent,
  'id' | 'type' | 'source' | 'occurredAt' | 'identity' | 'properties' | 'test'
>;

/** One item of the execution: whose event it is, and the event as it was stored. Times RFC 3339 UTC, money in minor units. */
export interface CommerceItem {
  /** null: an alarm is about nobody. */
  customer: ItemCustomer | null;
  event: DeliveredEvent;
}

/** What a Commerce Trigger gets that listens for alarms. */
export const alarmItem = (alarm: Alarm): CommerceItem => ({
  customer: null,
  event: {
    ...{ id: alarm.id, type: COMPLAINT_ALARM, source: ALARMS, identity: {} },
    occurredAt: isoTime(alarm.raisedAt),
    properties: shownAlarm(alarm),
  },
});

/** What a node found and did when it was asked to look at its shop. */
export interface ShopCheck {
  /** Empty when it cannot say. */
  connection: string;
  /** What it needs of the shop, in the shop's words; likewise the others. */
  topics: string[];
  /** Webhooks that were as they should be. */
  kept: number;
  created: string[];
  reactivated: string[];
  removed: string[];
  /** Sentences for the operator: what it could not mend. */
  problems: string[];
}
