/** The comparison with Temporal does not hold up a stop while Temporal is away. */
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { startReconciler } from '../../temporal/reconciler.ts';
import { event, TestService } from './service.ts';

it('stops while Temporal has not answered', async () => {
  const service = await TestService.create('sqlite');
  await service.publish({ key: 'cart' });
  await service.send(event('added_to_cart', 'ann'));
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let answered = false;
  // A Temporal that is away: the call is made and no answer comes.
  const away = {
    workflow: {
      async *list() {
        asked.resolve();
        await answer.promise;
        yield* [];
      },
      count: () => answer.promise.then(() => ({ count: 1 })),
    },
    connection: { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call() },
  } as unknown as Client;
  void answer.promise.then(() => (answered = true));
  const log = { info: () => {}, warn: () => {} };
  const reconciler = startReconciler({ client: away, store: service.store, now: Date.now, log });
  await asked.promise;
  await reconciler.stop();
  expect(answered).toBe(false);
  answer.resolve();
  await service.close();
});
