/** Signals that come early, late or twice. */
import { describe, expect, test } from 'vitest';
import { JourneyPlace } from '../../temporal/workflows/journeyPlace.ts';
import { waitDetails, waitSummary } from '../../temporal/workflows/wording.ts';

const wait = { segment: 1, node: 'Wait', until: 1000, events: [] };

describe('where a run stands', () => {
  test('an event that overtakes the segment which registered its wait is not lost', () => {
    const place = new JourneyPlace(undefined);
    place.receiveEvent({ arm: 'wait', type: 'viewed_product', segment: 1 });
    expect(place.answered).toBe(false);
    place.beginWait(wait);
    expect(place.answered).toBe(true);
    place.leaveWait('event');
    expect(place).toMatchObject({ segment: 2, outcome: 'event', waiting: null, steps: 1 });
    place.beginWait({ ...wait, segment: 2 });
    expect(place.answered).toBe(false);
  });

  test('a restart moves the end of the wait it means, also when it comes first', () => {
    const place = new JourneyPlace(undefined);
    place.receiveRestart({ segment: 1, until: 5000 });
    place.beginWait(wait);
    expect(place.waiting?.until).toBe(5000);
    place.receiveRestart({ segment: 4, until: 9000 });
    expect(place).toMatchObject({ waiting: { until: 5000 }, replans: 0 });
    place.receiveRestart({ segment: 1, until: null });
    expect(place).toMatchObject({ waiting: { until: null }, replans: 1 });
  });

  test('back into the wait just left does not count as a step', () => {
    const place = new JourneyPlace(undefined);
    place.beginWait(wait);
    place.leaveWait('elapsed');
    place.beginWait({ ...wait, until: 7000 });
    expect(place).toMatchObject({ segment: 1, steps: 1, waiting: { until: 7000 } });
  });

  test('the first exit counts, and a running segment is told', () => {
    const place = new JourneyPlace(undefined);
    let told = 0;
    place.onExit = () => told++;
    place.receiveEvent({ arm: 'exit', type: 'completed_purchase' });
    place.receiveEvent({ arm: 'exit', type: 'refunded' });
    expect(place.exit).toBe('completed_purchase');
    expect(told).toBe(2);
  });

  test('a position is carried over whole', () => {
    const place = new JourneyPlace(undefined);
    place.beginWait(wait);
    place.receivePause();
    expect(new JourneyPlace({ ...place.position(), lastWait: null })).toMatchObject({
      segment: 1,
      steps: 1,
      paused: true,
      waiting: wait,
    });
  });
});

describe('words for the operator', () => {
  test('until when, and what would end it', () => {
    const day = {
      segment: 1,
      node: 'Opened *it*?',
      until: Date.UTC(2026, 10, 22, 10),
      events: ['viewed_product', 'searched'],
    };
    expect(waitSummary(day)).toBe('Opened *it*?: until viewed_product or searched, or this time');
    expect(waitDetails(day, ['completed_purchase'])).toBe(
      'Waits in **Opened \\*it\\*?** for viewed_product or searched, at most until 2026-11-22 10:00:00 UTC.\n\n' +
        'Ends at once on: completed_purchase.',
    );
    expect(waitDetails({ ...day, until: null }, [])).toMatch(/without a time limit\.$/);
  });
});
