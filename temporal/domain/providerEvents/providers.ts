/** The providers whose webhooks are understood, by the kind of their connection. */
import type { ProviderKind } from '../connection.ts';
import type { ProviderHook } from './hook.ts';
import { oneSignal } from './oneSignal.ts';
import { postmark } from './postmark.ts';
import { resend } from './resend.ts';
import { sendgrid } from './sendgrid.ts';
import { ses } from './ses.ts';
import { twilio } from './twilio.ts';
import { webhook } from './webhook.ts';
import { whatsapp } from './whatsapp.ts';

export const PROVIDER_HOOKS: Record<ProviderKind, ProviderHook> = {
  sendgrid,
  postmark,
  resend,
  ses,
  twilio,
  whatsapp,
  onesignal: oneSignal,
  webhook,
};
