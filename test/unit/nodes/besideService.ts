/** n8n's own engine with our nodes, beside a journeys service of the test's, for all tests of a file. */
import { afterAll, beforeAll } from 'vitest';
import { API_KEY, FakeService } from './fakeService.ts';
import { N8nRunner } from './n8nRunner.ts';

export function besideService(): { service: FakeService; n8n: N8nRunner } {
  const service = new FakeService();
  const credential = { baseUrl: '', apiKey: API_KEY };
  const n8n = new N8nRunner({ commerceJourneysApi: credential });
  beforeAll(async () => {
    await service.start();
    credential.baseUrl = service.url;
    await n8n.load();
  });
  afterAll(async () => {
    n8n.unload();
    await service.stop();
  });
  return { service, n8n };
}
