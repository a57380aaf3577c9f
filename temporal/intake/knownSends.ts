/** The sends and customers that a batch of message events is about: found, locked, and changed in memory until they are written. */
import { addressIdentifier, normaliseAddress } from '../domain/gate/address.ts';
import type { MessageEvent } from '../domain/messageEvent.ts';
import { findOwners, lockSurvivors } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import { findSends, lockSends, type ToldSend } from '../store/toldSends.ts';

export interface SoftBounce {
  /** As it is now. */
  send: ToldSend;
  event: MessageEvent;
}

export class KnownSends {
  readonly #sends: Map<string, ToldSend>;
  readonly #byMessageId: Map<string, string[]>;
  readonly #owners: Map<string, string>;
  readonly #changed = new Map<string, ToldSend>();
  readonly #softBounces: SoftBounce[] = [];

  private constructor(sends: Map<string, ToldSend>, byMessageId: Map<string, string[]>, owners: Map<string, string>) {
    this.#sends = sends;
    this.#byMessageId = byMessageId;
    this.#owners = owners;
  }

  static async load(session: Session, events: readonly MessageEvent[]): Promise<KnownSends> {
    const found = await findSends(
      session,
      events.flatMap(({ sendId }) => sendId ?? []),
      events.flatMap(({ sendId, providerMessageId }) => (sendId ? [] : (providerMessageId ?? []))),
    );
    const identifiers = new Map(
      events.flatMap((event) => addressOwner(event) ?? []).map((one) => [ownerKey(one), one]),
    );
    const owners = await findOwners(session, [...identifiers.values()]);
    // Customers before sends, as where sends are authorised.
    const survivors = await lockSurvivors(session, new Set([...found, ...owners].map(({ customerId }) => customerId)));
    const sends = await lockSends(
      session,
      found.map(({ id }) => id),
    );
    const byMessageId = Map.groupBy(found, ({ providerMessageId }) => providerMessageId ?? '');
    return new KnownSends(
      new Map([...sends].filter(([, { customerId }]) => survivors.get(customerId) === customerId)),
      new Map([...byMessageId].map(([id, of]) => [id, of.map((send) => send.id)])),
      new Map(
        owners.flatMap((owner) => {
          const survivor = survivors.get(owner.customerId);
          return survivor === undefined ? [] : [[ownerKey(owner), survivor] as const];
        }),
      ),
    );
  }

  sendOf(event: MessageEvent): ToldSend | null {
    const { sendId, providerMessageId } = event;
    const ids = sendId ? [sendId] : (providerMessageId && this.#byMessageId.get(providerMessageId)) || [];
    const found = ids.map((id) => this.#sends.get(id)).find((send) => send !== undefined && isAbout(event, send));
    return found ?? null;
  }

  ownerOf(event: MessageEvent): string | null {
    const identifier = addressOwner(event);
    return (identifier && this.#owners.get(ownerKey(identifier))) ?? null;
  }

  change(before: ToldSend, after: ToldSend, event: MessageEvent): void {
    this.#sends.set(after.id, after);
    this.#changed.set(after.id, after);
    const { bouncedAt, bounceType } = after.told;
    if (bounceType === 'soft' && bouncedAt !== before.told.bouncedAt) this.#softBounces.push({ send: after, event });
  }

  changedSends(): ToldSend[] {
    return [...this.#changed.values()];
  }

  softBounces(): SoftBounce[] {
    return this.#softBounces;
  }
}

const ownerKey = ({ kind, value }: { kind: string; value: string }): string => `${kind}\0${value}`;

/** Only these hold for an address whatever the message was. */
const HOLDS_FOR_ADDRESS: ReadonlySet<string> = new Set(['bounced', 'complained', 'unsubscribed']);

function addressOwner({ kind, channel, address }: MessageEvent): { kind: string; value: string } | null {
  const identifier = channel === undefined ? null : addressIdentifier(channel);
  if (!HOLDS_FOR_ADDRESS.has(kind) || channel === undefined || identifier === null || !address) return null;
  const value = normaliseAddress(channel, address);
  return value === null ? null : { kind: identifier, value };
}

/** A provider's relay may be used by SMTP, too. */
const ANY_PROVIDER = 'smtp';

/** A connection speaks of what went out by its provider, and not of what its provider sent to a copy's address. */
function isAbout({ provider, address, kind }: MessageEvent, send: ToldSend): boolean {
  if (provider && send.provider && send.provider !== ANY_PROVIDER && send.provider !== provider) return false;
  if (send.channel !== 'email' || !HOLDS_FOR_ADDRESS.has(kind)) return true;
  const told = address ? normaliseAddress('email', address) : null;
  return told === null || send.address === null || told === send.address;
}
