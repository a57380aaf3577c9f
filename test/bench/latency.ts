/** From a posted event to the first node of its journey, on an idle system. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stack } from '../e2e/stack.ts';
import { until } from '../e2e/until.ts';
import { httpPost, journeysCredential, journeyTrigger, publish } from './n8nWorkflows.ts';
import type { Row } from './table.ts';

const EVENTS = 60;
const BUDGET_MS = 1000;

export async function benchLatency(stack: Stack): Promise<Row[]> {
  const arrived = new Map<string, number>();
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      arrived.set((JSON.parse(body) as { id: string }).id, performance.now());
      answer.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = await journeysCredential(stack);
  await publish(stack, 'Bench: latency', [
    journeyTrigger('bench-latency', 'bench_latency', credentials),
    httpPost('Tell', `http://127.0.0.1:${port}/`),
  ]);
  const latencies: number[] = [];
  for (let index = 0; index < EVENTS; index++) {
    const id = `latency-${index}`;
    const sent = performance.now();
    await stack.api('POST', '/v1/events', {
      id,
      type: 'custom:bench_latency',
      occurredAt: new Date().toISOString(),
      source: 'bench',
      identity: { externalId: id },
      properties: { id },
    });
    latencies.push((await until(`event ${id} to reach its journey`, () => arrived.get(id))) - sent);
  }
  await new Promise((resolve) => server.close(resolve));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return [
    {
      work: 'event → first node of a journey, idle system',
      measured: `p50 ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms`,
      peer: '–',
      ratio: '–',
      budget: 'p95 under 1 s',
      kept: at(0.95) < BUDGET_MS,
    },
  ];
}
