/**
 * A provider over HTTP is data and two pure functions: the request that one message becomes, and what an answer means for it.
 * Calling, time-outs, cut connections, answers that are no answer, retries, Retry-After and the pace are the same for all
 * (httpDelivery.ts).
 */
import type { ICredentialDataDecryptedObject, IDataObject, IHttpRequestMethods } from 'n8n-workflow';
import type { DeliveryOutcome, ProviderFacts } from './provider.ts';

/** Under this name the id of the send is given to the provider as own data, and comes back with its delivery events. */
export const SEND_ID = 'send_id';

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** As it came. */
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

export interface ProviderRequest {
  method: IHttpRequestMethods;
  /** Below the credential's base URL, beginning with a slash. */
  path: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  /** Sent as JSON; a string goes out as it is, with the content type among the headers. */
  body?: IDataObject | string;
}

export interface HttpProvider<Message> extends ProviderFacts {
  /** Where the base URL may be empty, because it follows from other fields. */
  baseUrl?: (credential: ICredentialDataDecryptedObject) => string;
  /** The credential's token lives shorter than the credential: at a 401 n8n gets a new one and asks once more. */
  tokenExpires?: true;
  /** @throws when the credential makes no request possible */
  request(message: Message, credential: ICredentialDataDecryptedObject): ProviderRequest;
  /**
   * Answers of any status, also HTML where JSON was due. What the provider says nothing particular about goes to `commonOutcome`.
   * After `unknown`, `repeat` decides what is done.
   */
  outcome(answer: HttpAnswer, message: Message): DeliveryOutcome;
  repeat:
    | { kind: 'never' }
    /** The request carries a key made from the send's id; for so long (ms) the provider remembers it. */
    | { kind: 'key'; rememberedMs: number }
    /** Asks the provider what has become of a message whose answer got lost. `found` null: it never had it. */
    | {
        kind: 'lookup';
        request(message: Message, credential: ICredentialDataDecryptedObject, startedAt: number): ProviderRequest;
        /** undefined: the answer does not say */
        found(
          answer: HttpAnswer,
          message: Message,
          startedAt: number,
        ): { providerMessageId: string } | null | undefined;
      };
}
