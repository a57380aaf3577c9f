/** What `doctor` finds at a real Temporal server. */
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { searchAttributesVerdict, temporalVerdict } from '../../temporal/commands/checks/temporalChecks.ts';
import { until } from '../e2e/until.ts';
import { startDevServer, type DevServer } from './devServer.ts';

let server: DevServer;
beforeAll(async () => (server = await startDevServer()));
afterAll(() => server.stop());

const at = (namespace: string) => ({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace });

it('nobody polling', async () => {
  expect((await temporalVerdict(at('default'))).words).toContain('no worker polls commerce-journeys');
  expect((await searchAttributesVerdict(at('default'))).state).toBe('ok');
});

it('a namespace that is not there', async () => {
  const { state, words } = await temporalVerdict(at('nowhere'));
  expect(state).toBe('wrong');
  expect(words).toContain('has no namespace nowhere');
  expect((await searchAttributesVerdict(at('nowhere'))).state).not.toBe('ok');
});

it('a namespace that forgets too soon and lacks the search attributes', async () => {
  const connection = await Connection.connect({ address: server.address });
  try {
    await connection.workflowService.registerNamespace({
      namespace: 'short',
      workflowExecutionRetentionPeriod: { seconds: (3 * 3600) as never },
    });
    const words = await until('the namespace', async () => {
      const verdict = await temporalVerdict(at('short'));
      return !verdict.words.includes('has no namespace') && verdict.words;
    });
    expect(words).toContain('keeps ended runs for 3 hours only');
    const attributes = await searchAttributesVerdict(at('short'));
    expect(attributes.state).toBe('wrong');
    expect(attributes.words).toContain('lacks JourneyKey, CustomerId, JourneyStep, JourneyOutcome');
  } finally {
    await connection.close();
  }
});
