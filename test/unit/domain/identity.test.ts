/** Whom an event belongs to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventIdentity } from '../../../temporal/domain/event.ts';
import {
  isStrong,
  namedBy,
  resolveCustomer,
  type Identifier,
  type KnownIdentities,
} from '../../../temporal/domain/identity.ts';

class Memory implements KnownIdentities {
  readonly owners = new Map<string, string>();
  #made = 0;
  readonly #strong = new Set<string>();
  customerOf = (id: string) => ([...this.owners.values()].includes(id) ? id : null);
  ownerOf = ({ kind, value }: Identifier) => this.owners.get(`${kind}:${value}`) ?? null;
  hasStrong = (id: string) => this.#strong.has(id);
  create = () => `cus_${++this.#made}`;
  attach({ kind, value }: Identifier, id: string): void {
    this.owners.set(`${kind}:${value}`, id);
    if (isStrong(kind)) this.#strong.add(id);
  }
  take = (identity: EventIdentity) => resolveCustomer(namedBy(identity), this);
  /** Sets of identifiers that belong together, whatever the ids of their customers. */
  groups(): string[] {
    const groups = new Map<string, string[]>();
    for (const [key, id] of this.owners) groups.set(id, [...(groups.get(id) ?? []), key].sort());
    return [...groups.values()].map((group) => group.join(' ')).sort();
  }
}

describe('identity', () => {
  it('names nobody for an unknown customer id alone', () => {
    expect(new Memory().take({ customerId: 'cus_x' })).toBeNull();
    expect(new Memory().take({ customerId: 'cus_x', email: 'a@example.com' })).toBe('cus_1');
  });

  it('never joins two people on one device', () => {
    const known = new Memory();
    const ann = known.take({ email: 'ann@example.com', deviceId: 'd' });
    expect(known.take({ email: 'bob@example.com', deviceId: 'd' })).not.toBe(ann);
    expect(known.take({ deviceId: 'd' })).toBe(ann);
  });

  /** Each person always says the e-mail, and some of the other identifiers; devices are their own. */
  const deliveries = fc.array(
    fc
      .record({
        person: fc.integer({ min: 0, max: 4 }),
        phone: fc.boolean(),
        externalId: fc.boolean(),
        device: fc.integer({ min: -1, max: 2 }),
      })
      .map(({ person, phone, externalId, device }): EventIdentity => ({
        email: `p${person}@example.com`,
        ...(phone && { phone: `+43660000000${person}` }),
        ...(externalId && { externalId: String(person) }),
        ...(device >= 0 && { deviceId: `d${person}-${device}` }),
      })),
    { minLength: 1, maxLength: 30 },
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
});
