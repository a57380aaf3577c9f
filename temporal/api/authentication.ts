/** Bearer key of the private API, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** @returns whether this is the key, in the same time for every wrong one */
export const isApiKey = (given: string, apiKey: string): boolean => timingSafeEqual(digest(given), digest(apiKey));

/** @returns a hook that refuses requests without the key with a 401 */
export function requireApiKey(apiKey: string): (request: FastifyRequest) => Promise<void> {
  return (request) => {
    const [scheme, given = ''] = (request.headers.authorization ?? '').split(' ', 2);
    const valid = isApiKey(given, apiKey) && scheme?.toLowerCase() === 'bearer';
    if (valid) return Promise.resolve();
    return Promise.reject(
      new Problem(
        401,
        'The API key is missing or wrong. Send it as "Authorization: Bearer <key>"; see JOURNEYS_API_KEY.',
      ),
    );
  };
}
