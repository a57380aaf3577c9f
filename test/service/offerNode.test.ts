/** Suppression → Check Offer, run by n8n's own engine, on the real service. */
import type { IDataObject } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { N8nRunner } from '../unit/nodes/n8nRunner.ts';
import { API_KEY, TestService } from './service.ts';

let service: TestService;
let n8n: N8nRunner;

beforeAll(async () => {
  service = await TestService.create('sqlite');
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 });
  n8n = await new N8nRunner({ commerceJourneysApi: { baseUrl, apiKey: API_KEY } }).load();
});
afterAll(async () => {
  n8n.unload();
  await service.close();
});

const figures = { discountPercent: 15, ordersWithoutPercent: 2, ordersWithPercent: 4 };
const margins = (...of: unknown[]) =>
  of.map((margin, index) => ({ customer: { id: `c${index}` }, margin }) as IDataObject);

async function run(items: IDataObject[], more: IDataObject = {}, goesOn = true) {
  const parameters = { operation: 'checkOffer', ...figures, marginPercent: '={{ $json.margin }}', ...more };
  const onError = goesOn ? ('continueRegularOutput' as const) : undefined;
  const node = { name: 'Offer', type: 'suppression', parameters, ...(onError && { onError }) };
  const { outputs, error } = await n8n.run({ items, node });
  return { error, outputs: outputs.map((output) => (output ?? []).map(({ json }) => json)) };
}

describe('does an offer pay', () => {
  it('parts the customers by their margin, with the break-even and the reason in words', async () => {
    const { error, outputs } = await run(margins(45, 30, '60 %', 0));
    expect(error).toBeUndefined();
    const [pays, not] = outputs;
    expect(pays).toEqual([
      {
        ...{ customer: { id: 'c0' }, margin: 45 },
        offer: {
          ...{ pays: true, breakEvenMarginPercent: 30 },
          reason:
            'A discount of 15 % that lifts orders from 2 % to 4 % pays above a gross margin of 30 %; yours is 45 %.',
        },
      },
      expect.objectContaining({ margin: '60 %' }),
    ]);
    expect(not).toMatchObject([
      { margin: 30, offer: { pays: false, breakEvenMarginPercent: 30 } },
      { margin: 0, offer: { pays: false } },
    ]);
  });

  it('says what is wrong with a figure, and offers nothing to that customer', async () => {
    const { outputs } = await run(margins(0.45, 'much', '', 45));
    const [pays, not] = outputs;
    expect(pays).toHaveLength(1);
    expect(not?.map(({ error }) => error)).toEqual([
      expect.stringContaining('write percent, 45 for 45 %'),
      '"Gross Margin (%)" is not a number',
      '"Gross Margin (%)" is not a number',
    ]);
    const { error } = await run(margins(45), { ordersWithPercent: 2 }, false);
    expect(error?.message).toContain('never pays');
  });
});
