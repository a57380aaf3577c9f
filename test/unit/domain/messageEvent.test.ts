/** What is told of a send after it went out: the same status whatever the order of arrival. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MESSAGE_EVENT_KINDS,
  softBouncesInARow,
  toldMore,
  toldStatus,
  type MessageEvent,
  type Told,
} from '../../../temporal/domain/messageEvent.ts';

const NOTHING: Told = {
  deliveredAt: null,
  openedAt: null,
  machineOpenedAt: null,
  clickedAt: null,
  bouncedAt: null,
  bounceType: null,
  failedAt: null,
  complainedAt: null,
  unsubscribedAt: null,
};
const tell = (...events: Omit<MessageEvent, 'id' | 'source'>[]): Told =>
  events.reduce((told, event) => toldMore(told, { id: 'x', source: 'test', ...event }), NOTHING);

describe('what is told of a send', () => {
  it('is the same in whatever order it comes, and however often', () => {
    const event = fc.record({
      kind: fc.constantFrom(...MESSAGE_EVENT_KINDS),
      at: fc.integer({ min: 1, max: 50 }),
      machine: fc.boolean(),
      bounceType: fc.constantFrom('hard' as const, 'soft' as const),
    });
    fc.assert(
      fc.property(
        fc
          .array(event, { maxLength: 8 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
        ([events, shuffled]) => {
          expect(tell(...shuffled)).toEqual(tell(...events));
        },
      ),
    );
  });

  it.each([
    ['sent', [{ kind: 'sent', at: 1 }]],
    ['delivered', [{ kind: 'delivered', at: 2 }]],
    ['delivered', [{ kind: 'opened', at: 3, machine: true }]],
    ['delivered', [{ kind: 'clicked', at: 3 }]],
    // A mailbox that was full lets a later try through; a server that takes a message may send it back.
    [
      'delivered',
      [
        { kind: 'bounced', at: 2, bounceType: 'soft' },
        { kind: 'delivered', at: 3 },
      ],
    ],
    [
      'bounced',
      [
        { kind: 'delivered', at: 2 },
        { kind: 'bounced', at: 2, bounceType: 'soft' },
      ],
    ],
    [
      'bounced',
      [
        { kind: 'delivered', at: 3 },
        { kind: 'bounced', at: 2, bounceType: 'hard' },
      ],
    ],
    [
      'failed',
      [
        { kind: 'failed', at: 2 },
        { kind: 'sent', at: 3 },
      ],
    ],
    [
      'complained',
      [
        { kind: 'complained', at: 5 },
        { kind: 'bounced', at: 6, bounceType: 'hard' },
      ],
    ],
    ['sent', [{ kind: 'unsubscribed', at: 5 }]],
  ] as const)('makes it %s', (status, events) => {
    expect(toldStatus(tell(...events))).toBe(status);
  });

  it('tells the openings of machines from those of people', () => {
    const told = tell({ kind: 'opened', at: 9, machine: true }, { kind: 'clicked', at: 8, machine: true });
    expect(told).toEqual({ ...NOTHING, deliveredAt: 8, machineOpenedAt: 8 });
    expect(toldMore(told, { id: 'x', source: 'test', kind: 'opened', at: 12 }).openedAt).toBe(12);
  });

  it('counts soft bounces since the last delivery', () => {
    const soft = (bouncedAt: number) => ({ deliveredAt: null, bouncedAt, bounceType: 'soft' as const });
    const arrived = { deliveredAt: 3, bouncedAt: null, bounceType: null };
    expect(softBouncesInARow([soft(1), soft(2), arrived, soft(4), soft(5)])).toBe(2);
    expect(softBouncesInARow([soft(1), { ...soft(4), bounceType: 'hard' as const }])).toBe(1);
    expect(softBouncesInARow([])).toBe(0);
  });
});
