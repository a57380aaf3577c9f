/** All providers of Channel Send, by the name under which they are chosen. */
import type { Channel } from '../../transport/contract/messages.ts';
import { fcm } from './fcm.ts';
import { overHttp } from './httpDelivery.ts';
import { oneSignal } from './oneSignal.ts';
import { postmark } from './postmark.ts';
import { resend } from './resend.ts';
import { takes, type Provider } from './provider.ts';
import { sendGrid } from './sendGrid.ts';
import { ses } from './ses.ts';
import { signedWebhook } from './signedWebhook.ts';
import { smtp } from './smtp.ts';
import { twilio } from './twilio.ts';
import { whatsApp } from './whatsApp.ts';

/** By the alphabet of their display names, as n8n lists options. */
export const PROVIDERS: readonly Provider[] = [
  overHttp(ses),
  overHttp(fcm),
  overHttp(oneSignal),
  overHttp(postmark),
  overHttp(resend),
  overHttp(sendGrid),
  overHttp(signedWebhook),
  smtp,
  overHttp(twilio),
  overHttp(whatsApp),
];

export const providersOf = (channel: Channel): Provider[] => PROVIDERS.filter((provider) => takes(provider, channel));

export const providerOf = (channel: Channel, name: string): Provider | undefined =>
  providersOf(channel).find((provider) => provider.name === name);
