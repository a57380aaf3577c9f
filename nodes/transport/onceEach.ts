/** Items that ask for the same get the same answer: the service is asked once. */
import type { Referenced } from './batchedItems.ts';

/** Asks one after the other, for answers are lists. */
export async function onceEach<Request extends object, Found extends object>(
  requests: Array<Referenced<Request>>,
  ask: (request: Request) => Promise<Found>,
): Promise<Array<Referenced<Found>>> {
  const answers: Array<Referenced<Found>> = [];
  const known = new Map<string, Found>();
  for (const request of requests) {
    const { ref } = request;
    const question = JSON.stringify({ ...request, ref: undefined });
    const found = known.get(question) ?? (await ask(request));
    known.set(question, found);
    answers.push({ ...found, ref });
  }
  return answers;
}
