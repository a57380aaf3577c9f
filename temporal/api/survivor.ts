/** Ids in addresses: of a customer who was merged, the survivor is meant. */
import { survivingIds } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { notFound } from './problem.ts';

/** @throws Problem 404 */
export async function survivorOf(session: Session, id: string): Promise<string> {
  const survivor = (await survivingIds(session, [id])).get(id);
  if (survivor === undefined) throw notFound('customer', id);
  return survivor;
}
