/** A mail server for tests, over a raw socket, so that each fault of CONTRACT ("SMTP faults") comes at exactly the right moment. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What happens to mail for a recipient, by the local part of the address. */
export type Fault =
  | { at: 'RCPT' | 'DATA' | 'END'; reply: string; times?: number }
  | { at: 'MAIL' | 'AUTH'; reply: string; times?: number }
  /** The connection is cut: at the command, before DATA is accepted, or when the message is complete. */
  | { at: 'RCPT' | 'DATA' | 'END'; cut: true; times?: number };

export interface ReceivedMail {
  from: string;
  to: string;
  source: string;
}

export class FaultySmtpServer {
  readonly mails: ReceivedMail[] = [];
  /** Messages that came completely, answered or not. */
  readonly handedOver: string[] = [];
  readonly faults = new Map<string, Fault>();
  connections = 0;
  #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get credentials() {
    return { host: '127.0.0.1', port: this.port, secure: false, user: '', password: '', disableStartTls: true };
  }

  reset(): void {
    this.mails.length = 0;
    this.handedOver.length = 0;
    this.faults.clear();
    this.connections = 0;
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const say = (line: string) => socket.write(`${line}\r\n`);
    const session = { from: '', to: '', lines: null as string[] | null };
    let rest = '';
    say('220 mail.example.com ESMTP');
    socket.on('data', (data) => {
      rest += data.toString();
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (session.lines === null) this.#command(line, session, socket, say);
        else if (line !== '.') session.lines.push(line);
        else this.#message(session, socket, say);
        if (socket.destroyed) return;
      }
    });
  }

  #command(
    line: string,
    session: { from: string; to: string; lines: string[] | null },
    socket: Socket,
    say: (line: string) => void,
  ): void {
    const verb = line.slice(0, 4).toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'MAIL') session.from = address;
    if (verb === 'RCPT') session.to = address;
    const fault =
      verb === 'MAIL' || verb === 'AUTH'
        ? this.#take('*', verb)
        : verb === 'RCPT' || verb === 'DATA'
          ? this.#take(session.to, verb)
          : null;
    if (fault) return void this.#fail(fault, socket, say);
    switch (verb) {
      case 'EHLO':
        return say('250-mail.example.com\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME');
      case 'AUTH':
        return say('235 2.7.0 Accepted');
      case 'DATA':
        session.lines = [];
        return say('354 Go on');
      case 'QUIT':
        say('221 Bye');
        return void socket.end();
      default:
        return say('250 2.0.0 Ok');
    }
  }

  #message(
    session: { from: string; to: string; lines: string[] | null },
    socket: Socket,
    say: (line: string) => void,
  ): void {
    const source = (session.lines ?? []).join('\n');
    session.lines = null;
    this.handedOver.push(session.to);
    const fault = this.#take(session.to, 'END');
    if (fault) return void this.#fail(fault, socket, say);
    this.mails.push({ from: session.from, to: session.to, source });
    say('250 2.0.0 Queued');
  }

  #take(to: string, at: string): Fault | null {
    const name = to.split('@')[0] ?? '';
    const fault = this.faults.get(name);
    if (!fault || fault.at !== at) return null;
    if (fault.times !== undefined && --fault.times <= 0) this.faults.delete(name);
    return fault;
  }

  #fail(fault: Fault, socket: Socket, say: (line: string) => void): void {
    if ('cut' in fault) socket.destroy();
    else say(fault.reply);
  }
}
