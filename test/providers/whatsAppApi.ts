/**
 * The messages endpoint of Meta's WhatsApp Cloud API, as documented at
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api
 * for text and template messages; errors as at
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
 */
import { randomUUID } from 'node:crypto';
import type { ProviderAnswer, ProviderHandler } from './faultyServer.ts';
import { Type } from 'typebox';
import { faultsOf, strict } from './strictBody.ts';

const matching = (pattern: string) => Type.String({ pattern });
const kind = (value: string) => Type.Literal(value);
const media = strict({ link: matching('^https://') });
/** No line breaks, no tabs, no more than four blanks in a row, not empty. */
const parameterText = matching('^(?!.* {5})[^\\n\\r\\t]*\\S[^\\n\\r\\t]*$');
const component = Type.Union([
  strict({
    type: kind('header'),
    parameters: Type.Array(
      Type.Union([
        strict({ type: kind('text'), text: parameterText }),
        strict({ type: kind('image'), image: media }),
        strict({ type: kind('video'), video: media }),
        strict({ type: kind('document'), document: media }),
      ]),
      { minItems: 1, maxItems: 1 },
    ),
  }),
  strict({
    type: kind('body'),
    parameters: Type.Array(
      strict({ type: kind('text'), text: parameterText, parameter_name: Type.Optional(matching('^[a-z0-9_]+$')) }),
      { minItems: 1 },
    ),
  }),
  strict({
    type: kind('button'),
    sub_type: Type.Union([kind('url'), kind('quick_reply')]),
    index: matching('^\\d$'),
    parameters: Type.Array(
      Type.Union([
        strict({ type: kind('text'), text: parameterText }),
        strict({ type: kind('payload'), payload: Type.String({ minLength: 1 }) }),
      ]),
      { minItems: 1, maxItems: 1 },
    ),
  }),
]);
const common = {
  messaging_product: kind('whatsapp'),
  recipient_type: Type.Optional(kind('individual')),
  to: matching('^\\+?[1-9]\\d{6,14}$'),
  biz_opaque_callback_data: Type.Optional(Type.String({ maxLength: 512 })),
};
const message = Type.Union([
  strict({
    ...common,
    type: kind('text'),
    text: strict({
      preview_url: Type.Optional(Type.Boolean()),
      body: Type.String({ minLength: 1, maxLength: 4096 }),
    }),
  }),
  strict({
    ...common,
    type: kind('template'),
    template: strict({
      name: matching('^[a-z0-9_]+$'),
      language: strict({ code: matching('^[a-z]{2,3}(_[A-Z]{2})?$') }),
      components: Type.Optional(Type.Array(component, { minItems: 1 })),
    }),
  }),
]);

export interface WhatsAppNumber {
  phoneNumberId: string;
  token: string;
  /** Approved ones, by name and language, with the number of variables in the body. */
  templates: Record<string, number>;
  /** Errors by number. */
  refusals?: Record<string, { code: number; status: number; details: string }>;
}

export const whatsAppApi =
  (number: WhatsAppNumber): ProviderHandler =>
  ({ method, path, headers, json }): ProviderAnswer => {
    if (headers.authorization !== `Bearer ${number.token}`) {
      return problem(401, 190, 'Error validating access token: the session has expired');
    }
    if (method === 'GET' && new RegExp(`^/v\\d+\\.\\d+/${number.phoneNumberId}$`).test(path)) {
      return { body: { id: number.phoneNumberId } };
    }
    if (!new RegExp(`^/v\\d+\\.\\d+/${number.phoneNumberId}/messages$`).test(path) || method !== 'POST') {
      return problem(400, 33, 'The business phone number has been deleted');
    }
    const mistake = faultsOf(message, json);
    if (mistake) return problem(400, 100, `Invalid parameter: ${mistake}`);
    const { to, type, template } = json as { to: string; type: string; template: Template };
    const refusal = number.refusals?.[to];
    if (refusal) return problem(refusal.status, refusal.code, refusal.details);
    if (type === 'template') {
      const variables = number.templates[`${template.name}/${template.language.code}`];
      if (variables === undefined)
        return problem(404, 132001, `template name (${template.name}) does not exist in ${template.language.code}`);
      const given = template.components?.find((one) => one.type === 'body')?.parameters.length ?? 0;
      if (given !== variables)
        return problem(400, 132000, `number of localizable_params (${given}) does not match (${variables})`);
    }
    return {
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: to, wa_id: to.replace('+', '') }],
        messages: [{ id: `wamid.${randomUUID()}`, message_status: 'accepted' }],
      },
    };
  };

interface Template {
  name: string;
  language: { code: string };
  components?: { type: string; parameters: unknown[] }[];
}

const problem = (status: number, code: number, details: string): ProviderAnswer => ({
  status,
  body: {
    error: {
      message: `(#${code}) ${details}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam',
    },
  },
});
