/** E-mail over the operator's SMTP server, and what its answers mean for one message. */
import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';
import { createTransport } from 'nodemailer';
import type { Readable } from 'node:stream';
import { fieldText } from '../../fields/fieldText.ts';
import { withoutAddresses } from './withoutAddresses.ts';
import type { EmailMessage } from './outgoing.ts';
import type { DeliveryOutcome, Provider, Sender } from './provider.ts';

/** Connections at once, where the credential says nothing: servers refuse more from one client. */
const CONNECTIONS = 5;
const CONNECTION_TIMEOUT_MS = 15_000;
/** A server may take long to accept a message (RFC 5321 asks for patience); longer than this its answer is unknown. */
const SOCKET_TIMEOUT_MS = 60_000;

/** What nodemailer puts on its errors. */
interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/** What the plugin below sees of a message that nodemailer is about to send. */
interface OutgoingMail {
  data: { onBody?: (body: Readable) => void };
  message: { createReadStream: (options?: unknown) => Readable };
}

export const smtp: Provider = {
  name: 'smtp',
  displayName: 'SMTP',
  channel: 'email',
  credential: 'commerceSmtp',
  pace: { concurrency: CONNECTIONS, perSecond: 0 },
  // A server does not notice a repeated message, and cannot be asked.
  isRepeatable: false,
  connect: async (context) => connectSmtp(await context.getCredentials('commerceSmtp')),
};

export function connectSmtp(credentials: IDataObject): Sender {
  const transport = createTransport({
    ...connectionOptions(credentials),
    pool: true,
    maxConnections: Math.max(1, Number(credentials.concurrency) || CONNECTIONS),
    // A connection that the server dropped while it was idle is replaced at once; other retries are ours.
    maxRequeues: 1,
  });
  // nodemailer reads a message's body only when the server has accepted DATA: that is the hand-over.
  transport.use('stream', (mail: unknown, done: (error?: Error | null) => void) => {
    const { data, message } = mail as OutgoingMail;
    const createReadStream = message.createReadStream.bind(message);
    message.createReadStream = (options) => {
      const body = createReadStream(options);
      data.onBody?.(body);
      return body;
    };
    done();
  });
  return {
    async deliver(outgoing, mayBeSentSince) {
      if (mayBeSentSince !== undefined) {
        return { kind: 'unknown', error: 'An earlier attempt was not heard of again' };
      }
      const bodies: Readable[] = [];
      const { from, to, replyTo, subject, html, text, messageId: id, headers = {} } = outgoing as EmailMessage;
      const message = { from, to, replyTo, subject, html, text, messageId: id };
      const options = { ...message, headers: unfolded(headers), onBody: (body: Readable) => bodies.push(body) };
      try {
        const { messageId } = (await transport.sendMail(options)) as { messageId: string };
        return { kind: 'sent', providerMessageId: messageId.replace(/^<|>$/g, '') };
      } catch (error) {
        const handedOver = bodies.some(({ readableDidRead }) => readableDidRead);
        return smtpOutcome(error as SmtpError, handedOver);
      }
    },
    close: () => transport.close(),
  };
}

/** Addresses of links stay in one piece: folded, some mail programs do not find them. */
function unfolded(headers: Record<string, string>) {
  return Object.entries(headers).map(([key, value]) => ({ key, value: { prepared: true, value } }));
}

/** Tries connection, encryption and login; sends nothing. */
export async function testSmtp(credentials: IDataObject): Promise<INodeCredentialTestResult> {
  const transport = createTransport(connectionOptions(credentials));
  try {
    await transport.verify();
    return { status: 'OK', message: 'The mail server accepts the connection and the login' };
  } catch (error) {
    const { code, message } = error as SmtpError;
    if (code === 'EAUTH') return { status: 'Error', message: `The mail server refuses user or password: ${message}` };
    return { status: 'Error', message: `The mail server cannot be used: ${message}` };
  } finally {
    transport.close();
  }
}

function connectionOptions(credentials: IDataObject) {
  const { host, port, secure, user, password, hostName } = credentials;
  return {
    host: fieldText(host),
    port: Number(port),
    secure: secure === true,
    ignoreTLS: secure !== true && credentials.disableStartTls === true,
    ...(hostName ? { name: fieldText(hostName) } : {}),
    ...(user || password ? { auth: { user: fieldText(user), pass: fieldText(password) } } : {}),
    ...(credentials.allowUnauthorizedCerts === true ? { tls: { rejectUnauthorized: false } } : {}),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Commands about this one message; an error at any other is about the server or the login. */
const MESSAGE_COMMANDS = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** RFC 5321 4.2.1: 4xx may be repeated, 5xx not. Without an answer it matters whether the server had the message. */
function smtpOutcome(error: SmtpError, handedOver: boolean): DeliveryOutcome {
  const { code, command = '', responseCode } = error;
  if (code === 'EAUTH' && (responseCode === undefined || responseCode >= 500)) {
    return { kind: 'misconfigured', error: `The mail server refuses the login: ${saidBy(error)}` };
  }
  if (responseCode !== undefined) {
    const aboutMessage = handedOver || MESSAGE_COMMANDS.has(command);
    if (!aboutMessage) return { kind: 'temporary', serverWide: true, error: saidBy(error) };
    if (responseCode < 500) return { kind: 'temporary', serverWide: false, error: saidBy(error) };
    // A sender that is refused says nothing about the customer's address: leave out the 5.1.x that would suppress it.
    if (command === 'MAIL FROM')
      return { kind: 'refused', error: `The sender was refused (${responseCode} to MAIL FROM)` };
    return { kind: 'refused', error: saidBy(error) };
  }
  if (handedOver) return { kind: 'unknown', error: `No answer after the message was handed over: ${saidBy(error)}` };
  // nodemailer itself found the message impossible: too large for this server, or an address that SMTP cannot carry.
  if (code === 'EMESSAGE' || code === 'EENVELOPE') return { kind: 'refused', error: saidBy(error) };
  return { kind: 'temporary', serverWide: true, error: saidBy(error) };
}

const saidBy = (error: SmtpError) => withoutAddresses(error.response ?? error.message);
