/** By what a sender of each kind proves itself over the raw bytes. */
import type { FastifyRequest } from 'fastify';
import {
  acceptedSecrets,
  isProviderKind,
  type ConnectionKind,
  type ProviderKind,
  type SourceKind,
} from '../../domain/connection.ts';
import type { HookRequest } from '../../domain/providerEvents/hook.ts';
import { PROVIDER_HOOKS } from '../../domain/providerEvents/providers.ts';
import {
  hasWriteKey,
  isOneOf,
  isSignedByProgram,
  isSignedBySegment,
  isSignedByShop,
} from '../../domain/webhookSignature.ts';
import type { Connection } from '../../store/connections.ts';
import type { ServiceContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { SnsCertificates } from './amazonSns.ts';

const PROOFS: Record<SourceKind, string> = {
  shopify: 'the header X-Shopify-Hmac-Sha256',
  woocommerce: 'the header X-WC-Webhook-Signature',
  segment: 'the write key as user of Basic authentication, or the header X-Signature',
  ga4: 'api_secret in the address, or the header X-Api-Secret',
  custom: 'the header X-Journeys-Signature',
};

/** In words for the answer 401. */
export const proofOf = (kind: ConnectionKind): string =>
  isProviderKind(kind) ? PROVIDER_HOOKS[kind].proof : PROOFS[kind];

export class Proofs {
  readonly #context: ServiceContext;
  readonly #certificates: SnsCertificates;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#certificates = new SnsCertificates(context.getFromAws);
  }

  /** @throws Problem 503 where something is needed for it that cannot be got now */
  async isProved(request: FastifyRequest, { kind, secrets }: Connection, body: Buffer): Promise<boolean> {
    const now = this.#context.now();
    const accepted = acceptedSecrets(secrets, now);
    return isProviderKind(kind)
      ? await this.#isProvider(this.hookRequest(request, body), kind, accepted, now)
      : isSource(request, kind, accepted, body, now);
  }

  hookRequest(request: FastifyRequest, body: Buffer): HookRequest {
    const path = request.raw.url ?? '';
    return {
      header: (name) => headerOf(request, name),
      url: `${this.#context.settings.publicUrl}${path}`,
      query: new URLSearchParams(path.split('?').slice(1).join('?')),
      body,
    };
  }

  async #isProvider(request: HookRequest, kind: ProviderKind, accepted: string[], now: number): Promise<boolean> {
    const hook = PROVIDER_HOOKS[kind];
    if (!hook.certificateUrl) return hook.isProved(request, accepted, now, '');
    const url = hook.certificateUrl(request, accepted);
    if (url === null) return false;
    const certificate = await this.#certificates.at(url).catch(() => {
      throw new Problem(503, 'The certificate that this delivery is signed with cannot be got now: send it again.');
    });
    return hook.isProved(request, accepted, now, certificate);
  }
}

function isSource(request: FastifyRequest, kind: SourceKind, accepted: string[], body: Buffer, now: number): boolean {
  switch (kind) {
    case 'shopify':
      return isSignedByShop(body, headerOf(request, 'x-shopify-hmac-sha256') ?? '', accepted);
    case 'woocommerce':
      return isSignedByShop(body, headerOf(request, 'x-wc-webhook-signature') ?? '', accepted);
    case 'segment':
      return (
        hasWriteKey(headerOf(request, 'authorization') ?? '', accepted) ||
        isSignedBySegment(body, headerOf(request, 'x-signature') ?? '', accepted)
      );
    case 'ga4': {
      const asked = (request.query as Record<string, unknown>)['api_secret'];
      const inQuery = typeof asked === 'string' ? asked : '';
      return isOneOf(inQuery, accepted) || isOneOf(headerOf(request, 'x-api-secret') ?? '', accepted);
    }
    case 'custom':
      return isSignedByProgram(body, headerOf(request, 'x-journeys-signature') ?? '', accepted, now);
  }
}

/** @returns null when it is missing, or there more than once where Node does not join it */
export function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
