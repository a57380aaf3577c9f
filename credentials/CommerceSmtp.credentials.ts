/** The operator's own mail server, for Channel Send. Channel Send also tests it. */
import type { ICredentialType, INodeProperties, Icon } from 'n8n-workflow';
import { paceFields } from './paceFields.ts';

export class CommerceSmtp implements ICredentialType {
  name = 'commerceSmtp';

  displayName = 'Commerce SMTP';

  icon: Icon = { light: 'file:commerceSmtp.svg', dark: 'file:commerceSmtp.dark.svg' };

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-commerce-journeys';

  properties: INodeProperties[] = [
    {
      displayName: 'Host',
      name: 'host',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. smtp.example.com',
    },
    {
      displayName: 'Port',
      name: 'port',
      type: 'number',
      required: true,
      default: 465,
      description: 'Usually 465 with SSL/TLS, 587 with STARTTLS',
    },
    {
      displayName: 'SSL/TLS',
      name: 'secure',
      type: 'boolean',
      default: true,
      description: 'Whether the connection is encrypted from its first byte; off for STARTTLS',
    },
    {
      displayName: 'Disable STARTTLS',
      name: 'disableStartTls',
      type: 'boolean',
      default: false,
      description: 'Whether to stay unencrypted even when the server offers encryption',
      displayOptions: { show: { secure: [false] } },
    },
    {
      displayName: 'User',
      name: 'user',
      type: 'string',
      default: '',
    },
    {
      displayName: 'Password',
      name: 'password',
      type: 'string',
      typeOptions: { password: true },
      default: '',
    },
    {
      displayName: 'Client Host Name',
      name: 'hostName',
      type: 'string',
      default: '',
      description: 'How n8n introduces itself to the server; its own host name when empty',
    },
    {
      displayName: 'Ignore Certificate Problems',

      name: 'allowUnauthorizedCerts',
      type: 'boolean',
      default: false,
      description: 'Whether to connect even if the certificate cannot be verified. Risky outside a private network.',
      typeOptions: { password: true },
    },
    ...paceFields(5, 0, 'What the mail server allows is known to who runs it.'),
  ];
}
