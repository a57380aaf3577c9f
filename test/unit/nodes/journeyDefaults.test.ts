/** Fields of Journey Trigger and Journey Wait against what the service reads: the same names, and the same defaults. */
import { describe, expect, it } from 'vitest';
import type { IDataObject, INode, INodeProperties } from 'n8n-workflow';
import { JourneyTrigger } from '../../../nodes/JourneyTrigger/JourneyTrigger.node.ts';
import { JourneyWait } from '../../../nodes/JourneyWait/JourneyWait.node.ts';
import { eventRules } from '../../../nodes/events/eventRules.ts';
import { segmentOptions } from '../../../nodes/fields/segments.ts';
import { readJourney, readWait } from '../../../temporal/domain/journeyParameters.ts';
import { ParameterReader } from '../../../temporal/domain/parameterReading.ts';
import { SEGMENTS } from '../../../temporal/domain/rfm/segments.ts';
import { workflowModule } from './n8nRunner.ts';

const trigger = new JourneyTrigger().description;
const wait = new JourneyWait().description;

/** What the editor shows and keeps, with the defaults of the fields that these parameters show. */
function withDefaults(description: typeof trigger, raw: IDataObject): IDataObject {
  const parameters = raw as INode['parameters'];
  const node = { parameters, typeVersion: 1 } as INode;
  const { properties } = description;
  return workflowModule.NodeHelpers.getNodeParameters(properties, parameters, true, false, node, description) ?? {};
}

/** The parameters that are looked at. */
function asked(raw: IDataObject, read: (raw: IDataObject) => unknown): Set<string> {
  const names = new Set<string>();
  read(
    new Proxy(raw, {
      get(target, name) {
        if (typeof name === 'string') names.add(name);
        return Reflect.get(target, name) as unknown;
      },
    }),
  );
  return names;
}

const values = (properties: INodeProperties[], name: string) =>
  properties
    .filter((property) => property.name === name)
    .flatMap(({ options = [] }) => options.map((option) => ('value' in option ? option.value : option.name)));

const ENTERINGS: [string, IDataObject][] = [
  ['events', {}],
  ['events', { reentry: 'parallel', enterAgain: 'cooldown' }],
  ['schedule', {}],
  ['schedule', { scheduleEvery: 'daily' }],
  ['replenishmentDue', {}],
];

describe('Journey Trigger', () => {
  it('offers every way to come in', () => {
    expect(values(trigger.properties, 'entersOn').sort()).toEqual(['events', 'replenishmentDue', 'schedule']);
  });

  it.each(ENTERINGS)('by %s %j: what is left out means what the panel shows', (entersOn, more) => {
    const raw = { journeyKey: 'win-back', entersOn, ...more };
    const complete = withDefaults(trigger, raw);
    const { journey, problems } = readJourney(complete, 'Win-back');
    expect(problems).toEqual([]);
    expect(journey).toEqual(readJourney(raw, 'Win-back').journey);
    // Every field that counts can be filled in.
    const names = asked(raw, (parameters) => readJourney(parameters, 'Win-back'));
    for (const name of Object.keys(complete)) names.delete(name);
    // A field that is not shown has its default: who has ordered needs no such condition.
    names.delete('customers');
    expect([...names]).toEqual([]);
  });

  it('has the options that the service reads', () => {
    const read = (name: string, value: unknown) =>
      JSON.stringify(readJourney({ journeyKey: 'a', options: { [name]: value } }, 'A').journey);
    for (const [name, value] of Object.entries({ onlyReplenishable: true, priority: 7, journeyName: 'B' })) {
      expect(values(trigger.properties, 'options')).toContain(name);
      expect(read(name, value)).not.toBe(read('nothing', value));
    }
  });

  it('turns segments into the same conditions on both sides', () => {
    expect(segmentOptions.map(({ value }) => value)).toEqual([...SEGMENTS]);
    const chosen = { event: [{ type: 'segment_changed', fromSegments: ['loyal', 'new'], toSegments: ['at_risk'] }] };
    const rules = [
      {
        type: 'segment_changed',
        filters: [
          { path: 'properties.from', operator: 'oneOf', value: 'loyal,new' },
          { path: 'properties.to', operator: 'oneOf', value: 'at_risk' },
        ],
      },
    ];
    expect(eventRules(chosen)).toEqual(rules);
    expect(new ParameterReader({ chosen }, { expressions: 'refused' }).events('chosen', null)).toEqual(rules);
    expect(eventRules({ event: [{ type: 'segment_changed' }] })).toEqual([{ type: 'segment_changed', filters: [] }]);
  });

  it.each([
    [{ times: 1 }, undefined],
    [{ times: 2 }, { times: 2, withinMs: 7 * 86_400_000, sameProduct: true }],
    [
      { times: 3, withinAmount: 12, withinUnit: 'hours', sameProduct: false },
      { times: 3, withinMs: 12 * 3_600_000, sameProduct: false },
    ],
  ])('an event that has to come so often: %j', (often, repetition) => {
    const chosen = { event: [{ type: 'viewed_product', ...often }] };
    const rules = [{ type: 'viewed_product', filters: [], ...(repetition && { repetition }) }];
    expect(eventRules(chosen)).toEqual(rules);
    expect(new ParameterReader({ chosen }, { expressions: 'refused' }).events('chosen', null)).toEqual(rules);
  });
});

describe('Journey Wait', () => {
  const kinds = ['duration', 'date', 'localTime', 'event', 'replenishment', 'preferredHour'];

  it('offers every kind of wait', () => {
    expect(values(wait.properties, 'resume')).toEqual(kinds);
  });

  it.each([...kinds.map((resume) => ({ resume })), { resume: 'replenishment', withoutWindow: 'wait' }])(
    '%j: what is left out means what the panel shows',
    (raw: IDataObject) => {
      const complete = withDefaults(wait, raw);
      expect(readWait(complete)).toEqual(readWait(raw));
      const names = asked(raw, readWait);
      for (const name of Object.keys(complete)) names.delete(name);
      expect([...names]).toEqual([]);
    },
  );
});
