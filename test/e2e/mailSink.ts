/** A mail server that takes everything and remembers what it accepted: the independent witness of the kill tests. */
import { SMTPServer } from 'smtp-server';
import { freePorts } from './freePorts.ts';

export interface AcceptedMail {
  to: string;
  messageId: string;
  subject: string;
}

export class MailSink {
  readonly accepted: AcceptedMail[] = [];
  readonly url: string;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, url: string, accepted: AcceptedMail[]) {
    this.#server = server;
    this.url = url;
    this.accepted = accepted;
  }

  static async start(): Promise<MailSink> {
    const [port] = (await freePorts(1)) as [number];
    const accepted: AcceptedMail[] = [];
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const head = Buffer.concat(chunks)
            .toString('utf8')
            .split('\r\n\r\n', 1)[0]!
            .replace(/\r\n[ \t]+/g, ' ');
          for (const { address } of session.envelope.rcptTo) {
            accepted.push({ to: address, messageId: header(head, 'Message-ID'), subject: header(head, 'Subject') });
          }
          callback();
        });
      },
    });
    // A client that is killed in the middle of a message ends its connection; that is what these tests do.
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new MailSink(server, `smtp://127.0.0.1:${port}`, accepted);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const header = (head: string, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim().replace(/^<|>$/g, '') ?? '';
