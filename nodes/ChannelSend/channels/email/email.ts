/** Channel Send on e-mail. */
import type { EmailMessage } from '../../providers/outgoing.ts';
import type { SendChannel } from '../channel.ts';
import { emailDraft } from './draft.ts';
import { emailOptions, emailProperties } from './properties.ts';

export const email: SendChannel<EmailMessage> = {
  channel: 'email',
  displayName: 'e-mail',
  // Workflows from before there was a choice have none stored.
  usualProvider: 'smtp',
  properties: emailProperties,
  options: emailOptions,
  testPlaceholder: 'e.g. you@example.com',
  fieldNames: {
    subject: 'subject',
    preheader: 'preheader',
    html: 'HTML',
    mjml: 'MJML',
    text: 'text',
    tracking: 'UTM tags',
  },
  draft: emailDraft,
  asTest: (rendered) => ({ ...rendered, subject: `[Test] ${rendered.subject}` }),
  preview: ({ from, to, subject, text, html = '', headers = {} }) => ({ from, to, subject, text, html, headers }),
};
