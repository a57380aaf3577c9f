/** The comparison with Temporal does not hold up a stop while Temporal is away. */
import { expect, it } from 'vitest';
import { startReconciler } from '../../temporal/reconciler.ts';
import { TemporalClientPort } from '../../temporal/temporalPort.ts';
import { freePorts } from '../e2e/freePorts.ts';
import { event, TestService } from './service.ts';

it('stops at once, whatever it waits for', async () => {
  const service = await TestService.create('sqlite');
  await service.publish({ key: 'cart' });
  await service.send(event('added_to_cart', 'ann'));
  const [nobody] = await freePorts(1);
  const port = new TemporalClientPort({ namespace: 'default', connectionOptions: { address: `127.0.0.1:${nobody}` } });
  const log = { info: () => {}, warn: () => {} };
  const reconciler = startReconciler({ client: port.client, store: service.store, now: Date.now, log });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const since = Date.now();
  await reconciler.stop();
  expect(Date.now() - since).toBeLessThan(1500);
  // The client is left open: it goes on trying for a while, and a closed one throws then.
  await service.close();
});
