/** What a provider's webhook is, once its body has been read: what became of messages, and what customers wrote back. */
import type { FieldProblem } from '../identity.ts';
import type { InboundMessage } from '../inboundMessage.ts';
import type { MessageEvent } from '../messageEvent.ts';

/** Under this name Channel Send gives our id of a send to the provider, as own data; it comes back with the events. */
export const SEND_ID = 'send_id';

/** As it came in. */
export interface HookRequest {
  /** Of a name in lower case; null: not there. */
  header: (name: string) => string | null;
  /** Exactly as the provider knows it, with its query. */
  url: string;
  query: URLSearchParams;
  body: Buffer;
}

export type HookEvent = Omit<MessageEvent, 'source' | 'provider'>;

export interface HookContent {
  problem?: undefined;
  events: HookEvent[];
  messages: InboundMessage[];
  /** Parts that could not be understood; the others go on. */
  rejected: FieldProblem[];
}

export type HookReading = { problem: FieldProblem } | HookContent;

export interface ProviderHook {
  /** By what a delivery proves itself, in words for the answer 401. */
  proof: string;
  /**
   * Of the certificate that the delivery wants to be checked with: the caller gets it.
   * @returns null: it cannot be from these secrets' owner, or names no certificate that may be trusted
   */
  certificateUrl?(request: HookRequest, secrets: readonly string[]): string | null;
  /** @param now epoch ms @param certificate PEM, where there is a `certificateUrl` */
  isProved(request: HookRequest, secrets: readonly string[], now: number, certificate: string): boolean;
  /** Only of a delivery that has proved itself. @param now epoch ms, where the body says no time */
  read(request: HookRequest, now: number): HookReading;
  /** @returns what is wrong with a secret that can be none of this provider's; null: nothing */
  secretProblem?(secret: string): string | null;
}

export const content = (more: Partial<Omit<HookContent, 'problem'>>): HookContent => ({
  events: [],
  messages: [],
  rejected: [],
  ...more,
});
