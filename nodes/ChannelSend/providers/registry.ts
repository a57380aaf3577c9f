/** All providers of Channel Send, by the name under which they are chosen. */
import type { Channel } from '../../transport/contract.ts';
import { overHttp } from './httpDelivery.ts';
import { postmark } from './postmark.ts';
import { resend } from './resend.ts';
import { takes, type Provider } from './sender.ts';
import { sendGrid } from './sendGrid.ts';
import { ses } from './ses.ts';
import { smtp } from './smtp.ts';

/** By the alphabet of their display names, as n8n lists options. */
export const PROVIDERS: readonly Provider[] = [
  overHttp(ses),
  overHttp(postmark),
  overHttp(resend),
  overHttp(sendGrid),
  smtp,
];

export const providersOf = (channel: Channel): Provider[] => PROVIDERS.filter((provider) => takes(provider, channel));

/** @throws when the channel has no such provider */
export function providerOf(channel: Channel, name: string): Provider {
  const found = providersOf(channel).find((provider) => provider.name === name);
  if (!found) throw new Error(`"${name}" sends no ${channel}: choose a provider`);
  return found;
}
