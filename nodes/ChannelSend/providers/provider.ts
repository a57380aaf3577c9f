/** A provider as Channel Send uses it, over HTTP or SMTP, and what can become of a message there. */
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Channel } from '../../transport/contract/messages.ts';
import type { RecipientVerdict } from '../../transport/contract/sends.ts';
import type { OutgoingMessage } from './outgoing.ts';

export type DeliveryOutcome =
  /** null: it was, but under which id is not told. */
  | { kind: 'sent'; providerMessageId: string | null }
  /** For good: nothing will change by a retry. */
  | { kind: 'refused'; error: string; recipient?: RecipientVerdict }
  /** The provider had the message, or may have had it, and never gave an answer. */
  | { kind: 'unknown'; error: string }
  /**
   * `serverWide`: it is not about this message; the others would fare the same. `retryAfterMs`: what the provider asks for.
   * `maybeSent`: the provider may have the message, but trying again does no harm, for it knows the key.
   */
  | { kind: 'temporary'; serverWide: boolean; error: string; retryAfterMs?: number; maybeSent?: boolean }
  /** Only the operator can help, for example with a wrong password. */
  | { kind: 'misconfigured'; error: string };

/** How fast a provider wants to be called; the fields `concurrency` and `perSecond` of the credential can say otherwise. */
export interface Pace {
  concurrency: number;
  /** 0: as fast as it goes. */
  perSecond: number;
}

export interface ProviderFacts {
  /** As in `/hooks/{provider}` and in the sends of the service. */
  name: string;
  /** As operators know it. */
  displayName: string;
  /** `any`: takes messages of each channel, as WebhookMessage. */
  channel: Channel | 'any';
  /** Name of the credential type; over HTTP it has `baseUrl`, and `authenticate` adds what proves who we are. */
  credential: string;
  pace: Pace;
}

export interface Sender {
  /** @param mayBeSentSince an attempt was started then (epoch ms) and not heard of since */
  deliver(message: OutgoingMessage, mayBeSentSince?: number): Promise<DeliveryOutcome>;
  close(): void;
}

export interface Provider extends ProviderFacts {
  /** It takes an idempotency key, or can be asked what was sent. */
  isRepeatable: boolean;
  /** @throws when the credential is missing */
  connect(context: IExecuteFunctions): Promise<Sender>;
}

export const takes = ({ channel }: Pick<Provider, 'channel'>, wanted: Channel): boolean =>
  channel === 'any' || channel === wanted;
