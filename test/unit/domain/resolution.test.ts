/** Whom an event belongs to, and which profiles are one person (DESIGN section 5; the exceptions: domain/resolution.ts). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventIdentity } from '../../../temporal/domain/event.ts';
import {
  isStrong,
  namedBy,
  namedByEvent,
  orderIdentifier,
  type Identifier,
  type NamedBy,
  type OrderKey,
} from '../../../temporal/domain/identity.ts';
import { resolveCustomer, type KnownIdentities } from '../../../temporal/domain/resolution.ts';

class Memory implements KnownIdentities {
  readonly owners = new Map<string, string>();
  readonly merged = new Map<string, string>();
  #made = 0;
  find = (id: string): string => {
    const next = this.merged.get(id);
    return next === undefined ? id : this.find(next);
  };
  customerOf = (id: string) => ([...this.owners.values()].includes(id) ? this.find(id) : null);
  ownerOf = ({ kind, value }: Identifier) => {
    const owner = this.owners.get(`${kind}:${value}`);
    return owner === undefined ? null : this.find(owner);
  };
  buyerOf = (order: OrderKey) => this.ownerOf(orderIdentifier(order));
  learnBuyer = (order: OrderKey, id: string) => this.attach(orderIdentifier(order), id);
  #has = (id: string, test: (kind: string) => boolean) =>
    [...this.owners].some(([key, owner]) => this.find(owner) === this.find(id) && test(key.split(':')[0] ?? ''));
  hasStrong = (id: string) => this.#has(id, isStrong);
  hasExternalId = (id: string) => this.#has(id, (kind) => kind === 'externalId');
  create = () => `cus_${++this.#made}`;
  attach({ kind, value }: Identifier, id: string): void {
    this.owners.set(`${kind}:${value}`, id);
  }
  merge(one: string, other: string): string {
    this.merged.set(other, one);
    return one;
  }
  take = (identity: EventIdentity) => this.resolve(namedBy(identity));
  resolve = (named: NamedBy) => resolveCustomer(named, this);
  /** Sets of identifiers that belong together, whatever the ids of their customers. */
  groups(): string[] {
    const groups = Map.groupBy(this.owners.keys(), (key) => this.find(this.owners.get(key) ?? ''));
    return [...groups.values()].map((group) => group.sort().join(' ')).sort();
  }
}

describe('identity', () => {
  it('names nobody for an unknown customer id alone', () => {
    expect(new Memory().take({ customerId: 'cus_x' })).toBeNull();
    expect(new Memory().take({ customerId: 'cus_x', email: 'a@example.com' })).toBe('cus_1');
  });

  it('merges profiles whose strong identifiers come together, several at once', () => {
    const known = new Memory();
    known.take({ externalId: '1' });
    known.take({ email: 'a@example.com' });
    known.take({ phone: '+436601234567' });
    known.take({ externalId: '1', email: 'a@example.com', phone: '+436601234567' });
    expect(known.groups()).toEqual(['email:a@example.com externalId:1 phone:+436601234567']);
  });

  it('leaves a phone that two accounts share with its owner, whichever way they meet', () => {
    const [ann, bob] = [
      { externalId: '1', email: 'ann@example.com', phone: '+436601234567' },
      { externalId: '2', email: 'bob@example.com', phone: '+436601234567' },
    ];
    const known = new Memory();
    known.take(ann);
    known.take(bob);
    known.take({ email: 'bob@example.com', phone: '+436601234567' });
    expect(known.groups()).toEqual([
      'email:ann@example.com externalId:1 phone:+436601234567',
      'email:bob@example.com externalId:2',
    ]);
  });

  it('lets an e-mail join accounts of several systems', () => {
    const known = new Memory();
    known.take({ externalId: 'shop-1', email: 'ann@example.com' });
    known.take({ externalId: 'pos-9' });
    known.take({ externalId: 'pos-9', email: 'ann@example.com' });
    expect(known.groups()).toEqual(['email:ann@example.com externalId:pos-9 externalId:shop-1']);
  });

  it('merges the anonymous profile of a device into the person who identifies on it', () => {
    const known = new Memory();
    const ann = known.take({ email: 'ann@example.com' });
    const browser = known.take({ deviceId: 'd' });
    expect(browser).not.toBe(ann);
    expect(known.take({ email: 'ann@example.com', deviceId: 'd' })).toBe(ann);
    expect(known.find(browser ?? '')).toBe(ann);
  });

  it('never joins two people on one device; it is theirs who identified last', () => {
    const known = new Memory();
    const ann = known.take({ email: 'ann@example.com', deviceId: 'd' });
    const bob = known.take({ email: 'bob@example.com', deviceId: 'd' });
    expect(bob).not.toBe(ann);
    expect(known.take({ deviceId: 'd' })).toBe(bob);
    expect(known.take({ email: 'ann@example.com', deviceId: 'd' })).toBe(ann);
    expect(known.take({ deviceId: 'd' })).toBe(ann);
    expect(known.merged.size).toBe(0);
  });

  it('finds the buyer of an order, and gives the buyer what came before the order', () => {
    const told = (type: 'refunded' | 'completed_purchase', identity: EventIdentity) =>
      namedByEvent({ source: 'shop', type, identity, properties: { orderId: '7' } });
    const known = new Memory();
    const holder = known.resolve(told('refunded', {}));
    expect(known.resolve(told('refunded', {}))).toBe(holder);
    const ann = known.resolve(told('completed_purchase', { email: 'ann@example.com' }));
    expect(ann).toBe(holder);
    expect(known.resolve(told('refunded', {}))).toBe(ann);
    expect(known.resolve(told('completed_purchase', { email: 'bob@example.com' }))).not.toBe(ann);
  });

  it('keeps nothing of a test order beside whom it names, whichever of its events comes first', () => {
    const told = (type: 'completed_purchase' | 'refunded', identity: EventIdentity) =>
      namedByEvent({ source: 'shop', type, identity, properties: { orderId: '7' }, test: true });
    expect(told('completed_purchase', { email: 'a@example.com' }).order).toBeNull();
    expect(told('refunded', { email: 'a@example.com' }).order).toBeNull();
    // Nobody else names it; no order in the store will.
    expect(told('completed_purchase', {}).order).toEqual({ source: 'shop', orderId: '7', isTold: false });
  });

  it('never makes one profile of orders of nobody', () => {
    const known = new Memory();
    const order = (orderId: string) =>
      known.resolve(
        namedByEvent({ source: 'shop', type: 'completed_purchase', identity: {}, properties: { orderId } }),
      );
    expect(order('1')).not.toBe(order('2'));
  });

  /**
   * Each person says some identifiers of theirs at a time: one account, one phone, two addresses. Devices are their own, and
   * come alone or with the first address: of a device that two profiles identify on, the last one has it.
   */
  const deliveries = fc.array(
    fc
      .record({
        person: fc.integer({ min: 0, max: 3 }),
        email: fc.integer({ min: -1, max: 1 }),
        phone: fc.boolean(),
        externalId: fc.boolean(),
        device: fc.integer({ min: -1, max: 1 }),
        isAnonymous: fc.boolean(),
      })
      .map(({ person, email, phone, externalId, device, isAnonymous }): EventIdentity => {
        const deviceId = `d${person}-${device}`;
        if (isAnonymous && device >= 0) return { deviceId };
        return {
          ...(email >= 0 && { email: `p${person}-${email}@example.com` }),
          ...(phone && { phone: `+43660000000${person}` }),
          ...(externalId && { externalId: String(person) }),
          ...(device >= 0 && email === 0 && { deviceId }),
        };
      })
      .filter((identity) => Object.keys(identity).length > 0),
    { minLength: 1, maxLength: 25 },
  );

  it('gives the same customers for any order and any repetition of deliveries', () => {
    fc.assert(
      fc.property(
        deliveries.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list, ...list], { minLength: list.length * 3 })),
        ),
        ([once, shuffled]) => {
          const [first, second] = [new Memory(), new Memory()];
          for (const identity of once) first.take(identity);
          for (const identity of shuffled) second.take(identity);
          expect(second.groups()).toEqual(first.groups());
        },
      ),
    );
  });

  /** Everybody has an account; phones and devices are shared by all. */
  const household = fc.array(
    fc
      .record({ person: fc.integer({ min: 0, max: 3 }), phone: fc.integer({ min: -1, max: 1 }), device: fc.boolean() })
      .map(({ person, phone, device }): EventIdentity => ({
        externalId: String(person),
        email: `p${person}@example.com`,
        ...(phone >= 0 && { phone: `+43660000000${phone}` }),
        ...(device && { deviceId: 'family tablet' }),
      })),
    { minLength: 1, maxLength: 25 },
  );

  it('never makes one customer of two accounts that share phones and devices', () => {
    fc.assert(
      fc.property(household, (list) => {
        const known = new Memory();
        for (const identity of list) known.take(identity);
        for (const group of known.groups()) expect(group.match(/externalId:/g)?.length ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });
});
