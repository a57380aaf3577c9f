/**
 * Twilio's Messages resource as documented at https://www.twilio.com/docs/messaging/api/message-resource, for the fields that are
 * used here; it takes no parameter that the page does not name.
 */
import { randomBytes } from 'node:crypto';
import type { ProviderAnswer, ProviderCall, ProviderHandler } from './faultyServer.ts';

/** "Create a Message", request body parameters. */
const PARAMETERS = new Set([
  ...[
    'To',
    'StatusCallback',
    'ApplicationSid',
    'MaxPrice',
    'ProvideFeedback',
    'Attempt',
    'ValidityPeriod',
    'ForceDelivery',
  ],
  ...[
    'ContentRetention',
    'AddressRetention',
    'SmartEncoded',
    'PersistentAction',
    'TrafficType',
    'ShortenUrls',
    'ScheduleType',
  ],
  ...[
    'SendAt',
    'SendAsMms',
    'ContentVariables',
    'RiskCheck',
    'From',
    'MessagingServiceSid',
    'Body',
    'MediaUrl',
    'ContentSid',
  ],
]);

export interface TwilioAccount {
  accountSid: string;
  /** User to password. */
  keys: Record<string, string>;
  /** Error codes by number: https://www.twilio.com/docs/api/errors */
  refusals?: Record<string, { code: number; message: string; status?: number }>;
}

interface Message {
  sid: string;
  to: string;
  from: string | null;
  body: string;
  direction: string;
  /** RFC 2822. */
  date_created: string;
  date_sent: string | null;
  status: string;
}

export class TwilioApi {
  /** Newest first. */
  readonly messages: Message[] = [];
  readonly account: TwilioAccount;
  /** Forms as they were understood. */
  readonly forms: URLSearchParams[] = [];

  constructor(account: TwilioAccount) {
    this.account = account;
  }

  readonly handler: ProviderHandler = (call) => {
    const [, user = '', password = ''] =
      /^([^:]*):(.*)$/.exec(
        Buffer.from((call.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString(),
      ) ?? [];
    if (this.account.keys[user] !== password) return problem(401, 20003, 'Authenticate');
    if (call.path !== `/2010-04-01/Accounts/${this.account.accountSid}/Messages.json`) {
      return problem(404, 20404, `The requested resource ${call.path} was not found`);
    }
    return call.method === 'POST' ? this.#create(call) : this.#list(call);
  };

  #create({ headers, text }: ProviderCall): ProviderAnswer {
    if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return problem(400, 21604, "A 'To' phone number is required.");
    }
    const form = new URLSearchParams(text);
    for (const name of form.keys()) if (!PARAMETERS.has(name)) throw new Error(`Twilio knows no parameter ${name}`);
    const [to = '', body = '', from, service] = ['To', 'Body', 'From', 'MessagingServiceSid'].map(
      (name) => form.get(name) ?? undefined,
    );
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return problem(400, 21211, `Invalid 'To' Phone Number: ${to}`);
    if ((from === undefined) === (service === undefined))
      return problem(400, 21603, "A 'From' phone number is required.");
    if (from !== undefined && !/^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/.test(from)) {
      return problem(400, 21212, `The 'From' number ${from} is not a valid phone number`);
    }
    if (service !== undefined && !/^MG[0-9a-f]{32}$/.test(service))
      return problem(400, 21705, 'The Messaging Service SID is invalid');
    if (body === '' && !form.has('MediaUrl')) return problem(400, 21602, 'Message body is required.');
    if (body.length > 1600)
      return problem(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
    const callback = form.get('StatusCallback');
    if (callback !== null && !/^https?:\/\/[^/_]+\//.test(callback))
      return problem(400, 21609, "Invalid 'StatusCallback' URL");
    const refusal = this.account.refusals?.[to];
    if (refusal) return problem(refusal.status ?? 400, refusal.code, refusal.message);
    this.forms.push(form);
    const message = this.add({ to, from: from ?? null, body });
    return {
      status: 201,
      body: {
        ...message,
        account_sid: this.account.accountSid,
        messaging_service_sid: service ?? null,
        api_version: '2010-04-01',
        date_updated: message.date_created,
        error_code: null,
        error_message: null,
        num_media: '0',
        num_segments: '1',
        price: null,
        price_unit: 'USD',
        uri: `/2010-04-01/Accounts/${this.account.accountSid}/Messages/${message.sid}.json`,
      },
    };
  }

  add(given: Partial<Message> & Pick<Message, 'to' | 'body'>, at = Date.now()): Message {
    const message: Message = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      from: '+15005550006',
      direction: 'outbound-api',
      date_created: new Date(at).toUTCString().replace('GMT', '+0000'),
      date_sent: null,
      status: 'queued',
      ...given,
    };
    this.messages.unshift(message);
    return message;
  }

  #list({ query }: ProviderCall): ProviderAnswer {
    for (const name of Object.keys(query)) {
      if (!['To', 'From', 'DateSent', 'DateSent<', 'DateSent>', 'PageSize', 'Page', 'PageToken'].includes(name)) {
        throw new Error(`Twilio cannot list by ${name}`);
      }
    }
    const size = Number(query.PageSize ?? 50);
    const found = this.messages.filter(({ to }) => query.To === undefined || to === query.To);
    return {
      body: {
        messages: found.slice(0, size),
        page: 0,
        page_size: size,
        next_page_uri: found.length > size ? '/more' : null,
      },
    };
  }
}

/** https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions */
const problem = (status: number, code: number, message: string): ProviderAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});
