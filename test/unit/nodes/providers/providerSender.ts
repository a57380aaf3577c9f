/** One provider as Channel Send has it: n8n's own context and HTTP client, the built credential, a server that stands for it. */
import type { ICredentialDataDecryptedObject, IExecuteFunctions, IHttpRequestOptions, INode } from 'n8n-workflow';
import { HttpDelivery, type HttpDeliveryOptions } from '../../../../nodes/ChannelSend/providers/httpDelivery.ts';
import type { EmailMessage, OutgoingMessage } from '../../../../nodes/ChannelSend/providers/outgoing.ts';
import type { HttpProvider } from '../../../../nodes/ChannelSend/providers/httpProvider.ts';
import { N8nRunner, PACKAGE, workflowModule } from '../n8nRunner.ts';

export class ProviderSender<Message extends OutgoingMessage> {
  readonly #provider: HttpProvider<Message>;
  readonly #options: HttpDeliveryOptions;
  readonly #runner: N8nRunner;
  readonly #credential: ICredentialDataDecryptedObject;

  constructor(
    provider: HttpProvider<Message>,
    credential: ICredentialDataDecryptedObject,
    // Only a server that is silent on purpose takes so long, also on a busy machine.
    options: HttpDeliveryOptions = { timeoutMs: 2_000, lookupDelaysMs: [5, 5] },
  ) {
    this.#provider = provider;
    this.#options = options;
    this.#credential = credential;
    this.#runner = new N8nRunner({ [provider.credential]: credential });
  }

  async load(): Promise<this> {
    await this.#runner.load();
    return this;
  }

  unload(): void {
    this.#runner.unload();
  }

  get runner(): N8nRunner {
    return this.#runner;
  }

  /** @param credential instead of the usual one */
  sender(credential: ICredentialDataDecryptedObject = this.#credential, more: HttpDeliveryOptions = {}) {
    return new HttpDelivery(this.#context(credential), this.#provider, credential, { ...this.#options, ...more });
  }

  /** What the credential's Test asks. @returns the status */
  async test(credential: ICredentialDataDecryptedObject = this.#credential): Promise<number> {
    const type = this.#provider.credential;
    const context = this.#context(credential);
    const node = context.getNode();
    const { request } = this.#runner.credentialType(type).test ?? {};
    const keys = { $credentials: credential } as never;
    const { baseURL = '', ...resolved } = this.#runner
      .workflow([node], {})
      .expression.getParameterValue(
        request as never,
        null,
        0,
        0,
        node.name,
        [],
        'internal',
        keys,
      ) as unknown as IHttpRequestOptions;
    // Where the test says no base URL, n8n's editor takes that of the credential.
    const base = baseURL || (resolved.url.startsWith('http') ? '' : (credential.baseUrl as string));
    const options = { ...resolved, url: base + resolved.url, returnFullResponse: true, ignoreHttpStatusErrors: true };
    const answer = (await context.helpers.httpRequestWithAuthentication.call(context, type, options)) as {
      statusCode: number;
    };
    return answer.statusCode;
  }

  #context(credential: ICredentialDataDecryptedObject): IExecuteFunctions {
    const { credential: type, channel, name } = this.#provider;
    const node: INode = {
      ...{ id: 'send-node', name: 'Send', type: `${PACKAGE}.channelSend`, typeVersion: 1, position: [0, 0] },
      parameters: { channel: channel === 'any' ? 'sms' : channel, provider: name },
      credentials: { [type]: { id: '1', name: type } },
    };
    const data = this.#runner.additionalData('webhook', '41');
    Object.assign(data.credentialsHelper, { getDecrypted: () => Promise.resolve(credential) });
    const runData = workflowModule.createRunExecutionData({});
    const workflow = this.#runner.workflow([node], {});
    const own = workflow.nodes[node.name] as INode;
    const input = { main: [[]] };
    const executeData = { node: own, data: input, source: null };
    return new this.#runner.core.ExecuteContext(workflow, own, data, 'webhook', runData, 0, [], input, executeData, []);
  }
}

export const emailTo = (to: string, more: Partial<EmailMessage> = {}): EmailMessage => ({
  sendId: 'snd_1',
  from: { name: 'Müller, Söhne & Co', address: 'hello@shop.example.com' },
  to,
  replyTo: 'service@shop.example.com',
  subject: 'Ihr Warenkorb – grün',
  html: '<p>Grüße</p>',
  text: 'Grüße',
  messageId: '<snd_1@shop.example.com>',
  headers: {
    'List-Unsubscribe': '<https://journeys.example.com/u/token>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  },
  category: 'marketing',
  ...more,
});
