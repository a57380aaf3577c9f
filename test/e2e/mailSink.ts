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
  readonly port: number;
  /** Told of each mail as soon as it is here; the sender is answered when this is done. */
  onMail: (mail: AcceptedMail) => void | Promise<void> = () => {};
  readonly #server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const head = Buffer.concat(chunks)
          .toString('utf8')
          .split('\r\n\r\n', 1)[0]!
          .replace(/\r\n[ \t]+/g, ' ');
        const mails = session.envelope.rcptTo.map(({ address }) => ({
          ...{ to: address, messageId: header(head, 'Message-ID'), subject: header(head, 'Subject') },
        }));
        this.accepted.push(...mails);
        void Promise.all(mails.map(async (mail) => await this.onMail(mail))).then(() => callback());
      });
    },
  });

  private constructor(port: number) {
    this.port = port;
    // A client that is killed in the middle of a message ends its connection; that is what these tests do.
    this.#server.on('error', () => {});
  }

  static async start(): Promise<MailSink> {
    const [port] = (await freePorts(1)) as [number];
    const sink = new MailSink(port);
    await new Promise<void>((resolve) => sink.#server.listen(port, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const header = (head: string, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim().replace(/^<|>$/g, '') ?? '';
