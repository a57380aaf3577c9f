/**
 * What a message's templates know of the catalogue: `products`, those that the item names, and `product`, the first of them.
 * One reading for a whole batch, and none where no template speaks of products.
 */
import { namedProducts, type NamedProduct } from '../domain/catalogue/interests.ts';
import { factsOfNamed, type ProductFacts } from '../domain/catalogue/productFacts.ts';
import type { MessageData } from '../rendering/liquid.ts';
import { sourcesOf, type MessageSource } from '../rendering/message.ts';
import { readProducts } from '../store/products.ts';
import type { Session } from '../store/rows.ts';

interface Asking {
  productIds?: readonly string[] | undefined;
  message?: (MessageSource & { data?: MessageData }) | undefined;
}

export interface MessageProducts {
  products: ProductFacts[];
  /** The first; absent where the catalogue knows none of them. */
  product?: ProductFacts;
}

/** @returns in the order of the messages; null where the templates do not speak of products */
export async function productsOfMessages(
  session: Session,
  messages: readonly Asking[],
): Promise<(MessageProducts | null)[]> {
  const named = messages.map((asking) => (speaksOfProducts(asking) ? productsInItem(asking) : null));
  const known = await readProducts(
    session,
    named.flatMap((one) => one ?? []).map(({ productId }) => productId),
  );
  return named.map((one) => {
    if (one === null) return null;
    const products = factsOfNamed(one, (id) => known.get(id)?.product);
    const [product] = products;
    return { products, ...(product && { product }) };
  });
}

const speaksOfProducts = ({ message }: Asking): boolean =>
  message !== undefined && sourcesOf(message).some((template) => /\bproducts?\b/.test(template));

/** In the order in which an operator would look: what began the run, what has happened since, what the node names itself. */
function productsInItem({ productIds = [], message }: Asking): NamedProduct[] {
  const data = message?.data ?? {};
  const events = [at(data, 'run', 'entry', 'properties'), at(data, 'event', 'properties')];
  const places = [...events, data].flatMap((place) => [at(place, 'items') ?? [], place].flat());
  const named = namedProducts({ items: places });
  // A product that stands in the item with its variant is not named once more without it.
  const ids = new Set(named.map(({ productId }) => productId));
  return [...named, ...productIds.filter((id) => !ids.has(id)).map((productId) => ({ productId }))];
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}
