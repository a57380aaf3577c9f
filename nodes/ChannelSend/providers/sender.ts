/** A provider as Channel Send uses it, over HTTP or SMTP. */
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Channel } from '../../transport/contract.ts';
import type { OutgoingMessage } from './outgoing.ts';
import type { DeliveryOutcome, HttpProvider } from './provider.ts';

export interface Sender {
  /** @param mayBeSentSince an attempt was started then (epoch ms) and not heard of since */
  deliver(message: OutgoingMessage, mayBeSentSince?: number): Promise<DeliveryOutcome>;
  close(): void;
}

export interface Provider extends Pick<
  HttpProvider<never>,
  'name' | 'displayName' | 'channel' | 'credential' | 'pace'
> {
  /** It takes an idempotency key, or can be asked what was sent. */
  isRepeatable: boolean;
  /** @throws when the credential is missing */
  connect(context: IExecuteFunctions): Promise<Sender>;
}

export const takes = ({ channel }: Pick<Provider, 'channel'>, wanted: Channel): boolean =>
  channel === 'any' || channel === wanted;
