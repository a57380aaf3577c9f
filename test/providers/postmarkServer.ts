/** Postmark's POST /email, GET /messages/outbound and GET /server (postmarkapp.com/developer/api/email-api, …/messages-api). */
import { Type } from 'typebox';
import { FaultyServer, type ProviderHandler } from './faultyServer.ts';
import { faultsOf, strict } from './strictBody.ts';

export const POSTMARK_TOKEN = 'server-token';

const line = Type.String({ pattern: '^[^\\r\\n]*$' });
const email = strict({
  From: Type.String({ pattern: '^(.+<[^@<> ]+@[^@<> ]+>|[^@<> ]+@[^@<> ]+)$' }),
  To: line,
  ReplyTo: Type.Optional(line),
  Subject: line,
  TextBody: Type.String(),
  HtmlBody: Type.Optional(Type.String()),
  Headers: Type.Optional(Type.Array(strict({ Name: line, Value: line }))),
  MessageStream: Type.Union([Type.Literal('outbound'), Type.Literal('broadcast')]),
  // Names up to 20, values up to 80 characters.
  Metadata: Type.Record(Type.String({ pattern: '^.{1,20}$' }), Type.String({ maxLength: 80 })),
  TrackOpens: Type.Boolean(),
  TrackLinks: Type.Union(['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly'].map((value) => Type.Literal(value))),
});

const refusal = (code: number, message: string, status = 422) => ({
  status,
  body: { ErrorCode: code, Message: message },
});

/** @param isListed whether a message is found by the search already */
export function postmarkServer(isListed: () => boolean = () => true): FaultyServer {
  const sent: Array<{ id: string; metadata: Record<string, string> }> = [];
  const handler: ProviderHandler = ({ method, path, headers, query, json }) => {
    if (headers['x-postmark-server-token'] !== POSTMARK_TOKEN) {
      return refusal(
        10,
        'The Server Token you provided in the X-Postmark-Server-Token request header was invalid.',
        401,
      );
    }
    if (!headers.accept?.includes('application/json')) return refusal(409, 'JSON required.', 415);
    if (method === 'GET' && path === '/server') return { body: { ID: 1, Name: 'Shop' } };
    if (method === 'GET' && path === '/messages/outbound') {
      if (query.count === undefined || query.offset === undefined) return refusal(600, 'count and offset are required');
      const [name = '', value] = Object.entries(query).find(([key]) => key.startsWith('metadata_')) ?? [];
      const found = sent.filter(({ metadata }) => isListed() && metadata[name.replace('metadata_', '')] === value);
      const messages = found.map(({ id, metadata }) => ({ MessageID: id, Metadata: metadata, Status: 'Sent' }));
      return { body: { TotalCount: messages.length, Messages: messages.slice(0, Number(query.count)) } };
    }
    if (method !== 'POST' || path !== '/email') return { status: 404 };
    const faults = faultsOf(email, json);
    if (faults) return refusal(403, `Incompatible JSON: ${faults}`);
    if (json.To.startsWith('inactive')) {
      const message = `You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ${json.To}.`;
      return refusal(406, message);
    }
    if (json.To.startsWith('broken')) return refusal(300, `Invalid 'To' address: '${json.To}'.`);
    if (json.From.includes('unverified'))
      return refusal(400, "The 'From' address is not a Sender Signature on your account.");
    const id = `pm-${json.Metadata.send_id}`;
    sent.push({ id, metadata: json.Metadata });
    const body = {
      To: json.To,
      SubmittedAt: '2026-11-27T10:00:00.0000000-05:00',
      MessageID: id,
      ErrorCode: 0,
      Message: 'OK',
    };
    return { body };
  };
  return new FaultyServer(handler);
}
