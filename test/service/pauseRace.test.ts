/** A segment that finds its journey paused, while the pause is being ended: the run is not held for good. */
import { expect, it } from 'vitest';
import { resumeJourney } from '../../temporal/intake/runControl.ts';
import { loadSegmentInputs } from '../../temporal/store/segments.ts';
import { event, NOW, TestService } from './service.ts';

it('resume waits for segments that are being decided, and finds what they hold', async () => {
  const service = await TestService.create('postgres');
  await service.publish({ key: 'cart' });
  const id = await service.send(event('added_to_cart', 'ann'));
  const runId = (await service.runs(id))[0]?.id ?? '';
  await service.call('POST', '/v1/journeys/cart/pause');
  const other = service.openAgain();
  let resumed: Promise<boolean> | undefined;
  await service.store.transaction(async (trx) => {
    const [input] = await loadSegmentInputs(trx, [{ runId, segment: 1, outcome: 'entered' }], NOW);
    expect(input).toMatchObject({ result: { kind: 'held' } });
    resumed = resumeJourney(other, 'cart', NOW);
  });
  expect(await resumed).toBe(true);
  expect((await service.outbox()).map(({ kind }) => kind)).toEqual(['start', 'resume']);
  expect((await service.runs(id))[0]).toMatchObject({ held: false });
  await service.close();
});
