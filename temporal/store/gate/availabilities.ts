/** Whether the products that messages are about can be had. */
import { availabilityOfProduct, type Availability } from '../../domain/catalogue/product.ts';
import { readProducts } from '../products.ts';
import type { Session } from '../rows.ts';

/** @returns of a product; one that the catalogue does not know is `unknown` */
export async function readAvailabilities(
  session: Session,
  productIds: Iterable<string>,
): Promise<(productId: string) => Availability> {
  const products = await readProducts(session, productIds);
  return (productId) => {
    const known = products.get(productId);
    return known === undefined ? 'unknown' : availabilityOfProduct(known.product);
  };
}
