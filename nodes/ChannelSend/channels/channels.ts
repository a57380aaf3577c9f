/** The channels of Channel Send. */
import type { Channel } from '../../transport/contract/messages.ts';
import type { SendChannel } from './channel.ts';
import { email } from './email/email.ts';
import { push } from './push/push.ts';
import { sms } from './sms/sms.ts';
import { whatsapp } from './whatsapp/whatsApp.ts';

/** By the alphabet, as n8n lists options. A channel's messages only go to providers that take them (registry.ts). */
export const SEND_CHANNELS = [email, push, sms, whatsapp] as unknown as readonly SendChannel[];

/** @throws when there is no such channel: the field offers none */
export function sendChannel(name: string): SendChannel {
  const found = SEND_CHANNELS.find(({ channel }) => channel === (name as Channel));
  if (!found) throw new Error(`Channel Send has no channel "${name}"`);
  return found;
}
