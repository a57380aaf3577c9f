/** `commerce-journeys map`: which canonical events would this body become? Offline, for whoever sets up a shop or tracker. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { canonicalEvents } from '../domain/mapping/canonicalEvents.ts';
import { mapBody, type BodyKind } from '../domain/mapping/mapBody.ts';

export interface MapOptions {
  source: BodyKind;
  topic?: string;
  /** ISO 4217, upper case. */
  currency?: string;
}

/**
 * Prints the events as a JSON array; what would be refused goes to stderr, with its path.
 *
 * @param file a path, or `-` for stdin
 * @returns whether nothing would be refused
 */
export async function map(options: MapOptions, file: string): Promise<boolean> {
  const bytes = await bytesOf(file);
  const { source, topic = null, currency = null } = options;
  const receivedAt = Date.now();
  const mapped = mapBody(source, bytes, { source, topic, deliveryId: null, currency, receivedAt });
  const { events, problems } =
    mapped.problem === undefined
      ? canonicalEvents(mapped.body, source, receivedAt)
      : { events: [], problems: [mapped.problem] };
  for (const { path, message } of problems) console.error(`${path || 'The body'} ${message}`);
  if (problems.length > 0 && events.length === 0) return false;
  console.log(JSON.stringify(events, null, 2));
  return problems.length === 0;
}

async function bytesOf(file: string): Promise<Buffer> {
  if (file === '-') return await buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read (${code}). Give the path of a file, or - for stdin.`, { cause: error });
  }
}
