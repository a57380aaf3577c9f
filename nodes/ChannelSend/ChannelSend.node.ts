/** Sends one message to each customer for whom the send gate allows it, exactly once per run, segment and node. */
import type {
  ICredentialsDecrypted,
  ICredentialTestFunctions,
  IExecuteFunctions,
  INodeCredentialTestResult,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { sendProperties } from './properties.ts';
import { previewMessages } from './previewMessages.ts';
import { sendMessages } from './sendMessages.ts';
import { testResend } from './providers/resendTest.ts';
import { testSmtp } from './providers/smtp.ts';

export class ChannelSend implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Channel Send',
    name: 'channelSend',
    icon: { light: 'file:channelSend.svg', dark: 'file:channelSend.dark.svg' },
    group: ['output'],
    version: 1,
    subtitle: '={{ $parameter["category"] + " " + $parameter["channel"] }}',
    description: 'Sends a message if consent, caps and the rest of the policy allow it, and never twice',
    defaults: { name: 'Channel Send' },
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
    outputNames: ['Sent', 'Not Sent'],
    usableAsTool: undefined,
    credentials: [
      { name: 'commerceJourneysApi', displayName: 'Journeys Service', required: true },
      // One for each provider (providers/registry.ts), shown when it is chosen. The slash is for n8n's editor: a field that it
      // finds in the conditions of credentials by its bare name, it takes for a choice of authentication and hides.
      {
        name: 'commercePostmarkApi',
        displayName: 'Postmark',
        required: true,
        displayOptions: { show: { '/provider': ['postmark'] } },
      },
      {
        name: 'commerceResendApi',
        displayName: 'Resend',
        required: true,
        testedBy: 'testResend',
        displayOptions: { show: { '/provider': ['resend'] } },
      },
      {
        name: 'commerceSendGridApi',
        displayName: 'SendGrid',
        required: true,
        displayOptions: { show: { '/provider': ['sendgrid'] } },
      },
      {
        name: 'commerceSesApi',
        displayName: 'Amazon SES',
        required: true,
        displayOptions: { show: { '/provider': ['ses'] } },
      },
      {
        // eslint-disable-next-line n8n-nodes-base/node-class-description-credentials-name-unsuffixed -- SMTP is no API
        name: 'commerceSmtp',
        displayName: 'Mail Server',
        required: true,
        testedBy: 'testSmtp',
        displayOptions: { show: { '/provider': ['smtp'] } },
      },
      {
        name: 'commerceFcmApi',
        displayName: 'Firebase Cloud Messaging',
        required: true,
        displayOptions: { show: { '/provider': ['fcm'] } },
      },
      {
        name: 'commerceOneSignalApi',
        displayName: 'OneSignal',
        required: true,
        displayOptions: { show: { '/provider': ['onesignal'] } },
      },
      {
        name: 'commerceTwilioApi',
        displayName: 'Twilio',
        required: true,
        displayOptions: { show: { '/provider': ['twilio'] } },
      },
      {
        name: 'commerceWebhookApi',
        displayName: 'Signed Webhook',
        required: true,
        displayOptions: { show: { '/provider': ['webhook'] } },
      },
      {
        name: 'commerceWhatsAppApi',
        displayName: 'WhatsApp Cloud API',
        required: true,
        displayOptions: { show: { '/provider': ['whatsapp'] } },
      },
    ],
    hints: [
      {
        message:
          '"Not Sent" has the customers who may not get this message, each with the reasons in <code>send.reasons</code>. Connect it as well if the journey goes on for them.',
        type: 'info',
        location: 'outputPane',
        whenToDisplay: 'beforeExecution',
      },
    ],
    properties: sendProperties,
  };

  methods = {
    credentialTest: {
      async testResend(
        this: ICredentialTestFunctions,
        credential: ICredentialsDecrypted,
      ): Promise<INodeCredentialTestResult> {
        return await testResend(this, credential.data ?? {});
      },
      async testSmtp(
        this: ICredentialTestFunctions,
        credential: ICredentialsDecrypted,
      ): Promise<INodeCredentialTestResult> {
        return await testSmtp(credential.data ?? {});
      },
    },
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return this.getMode() === 'manual' ? await previewMessages(this) : await sendMessages(this);
  }
}
