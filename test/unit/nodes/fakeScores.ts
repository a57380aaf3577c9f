/** The fake service's scores, next products and plans: whatever a test says of a customer. */
import type { FastifyInstance } from 'fastify';
import type { NextProductsItem } from '../../../nodes/transport/contract/products.ts';
import type { PlanItem } from '../../../nodes/transport/contract/replenishment.ts';

export class FakeScores {
  /** By customer id. */
  readonly segments = new Map<string, string>();
  /** By customer id: product ids. */
  readonly nextProducts = new Map<string, string[]>();
  /** Customers of every audience. */
  readonly audience: string[] = [];

  reset(): void {
    this.segments.clear();
    this.nextProducts.clear();
    this.audience.length = 0;
  }

  routes(app: FastifyInstance): void {
    const items = <T>({ body }: { body: unknown }) => (body as { items: T[] }).items;
    const scoresOf = (id: string) => {
      const segment = this.segments.get(id);
      return { rfm: segment === undefined ? null : { segment }, prediction: {}, affinities: null };
    };
    app.post('/v1/customers/scores', (request) => ({
      items: items<{ ref: string; customerId: string }>(request).map(({ ref, customerId }) => ({
        ref,
        scores: scoresOf(customerId),
      })),
    }));
    app.get<{ Querystring: { limit: string; cursor?: string } }>('/v1/scores/customers', ({ query }) => {
      const from = Number(query.cursor ?? 0);
      const to = from + Number(query.limit);
      const found = this.audience.slice(from, to).map((customerId) => ({ customerId, scores: scoresOf(customerId) }));
      return { items: found, nextCursor: to < this.audience.length ? String(to) : null };
    });
    app.post('/v1/scores/refresh', async (_, reply) => await reply.code(202).send({ jobs: ['rfm'] }));
    app.post('/v1/next-products', (request) => ({
      items: items<NextProductsItem>(request).map(({ ref, customerId, limit }) => {
        const products = (this.nextProducts.get(customerId) ?? []).slice(0, limit).map((productId) => ({ productId }));
        return { ref, products, ...(products.length === 0 && { reason: 'not enough data: 3 buyers, 20 are needed' }) };
      }),
    }));
    app.post('/v1/replenishment/plans', (request) => ({
      items: items<PlanItem>(request).map(({ ref, productId = 'p1' }) => ({
        ref,
        products: [
          { productId: 'soon', startAt: '2026-12-01T00:00:00Z', subscribed: true },
          { productId: 'late', startAt: '2027-02-01T00:00:00Z', subscribed: false },
          { productId: 'never', startAt: null, subscribed: false },
          { productId, startAt: '2027-01-01T00:00:00Z', subscribed: false },
        ],
      })),
    }));
  }
}
