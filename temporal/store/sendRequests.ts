/** What is asked of the send gate, and what needs no decision: replays, erased customers, items that belong elsewhere. */
import type { Channel } from '../domain/event.ts';
import { CUSTOMER_ID_PREFIX } from '../domain/identity.ts';
import { TEST_CUSTOMER_ID } from '../domain/journeyItem.ts';
import { ERASED, type GateDecision, type SendCategory } from '../domain/gate/sendGate.ts';
import { CLAIM_LASTS_MS, isKeyFree, repeatedInRun, type EarlierSend, type SendStatus } from '../domain/sendStatus.ts';
import type { MessageTrack } from '../domain/tracks.ts';
import type { SendRow } from './tables/sends.ts';
import type { SegmentRun } from './segmentFacts.ts';

/** Where the claim's key comes from. */
export type SendOrigin =
  | { kind: 'run'; runId: string; segment: number }
  | { kind: 'key'; key: string }
  /** Only asks: no claim. */
  | { kind: 'none' };

export interface SendRequest {
  customerId: string;
  channel: Channel;
  category: SendCategory;
  /** Node id, or whatever the caller calls the place. */
  node: string;
  nodeName: string;
  origin: SendOrigin;
  /** Instead of the customer's own. */
  address: string | null;
  /** Only asks: no claim. */
  dryRun: boolean;
  /** By which provider it goes out, as delivery events name it. */
  provider: string | null;
  /** The provider knows a repeated message by its key, or can be asked: a claim that was started and not heard of again may be tried once more. */
  repeatable: boolean;
  /** What the message is about, for customers who chose to hear of some things only. */
  track: MessageTrack;
  /** Products that the message is about. */
  productIds: readonly string[];
  /** Of WhatsApp: text in free words, no approved template. */
  freeForm: boolean;
}

export interface SendAnswer<Message> {
  kind: 'decided';
  sendId: string | null;
  decision: GateDecision['decision'];
  reasons: string[];
  /** Epoch ms. */
  until: number | null;
  address: string | null;
  /** Decided before: nothing is to be sent now. */
  replayed: boolean;
  /** Started before and not heard of since: given out once more. Epoch ms of the first attempt. */
  resumedFrom: number | null;
  status: SendStatus | null;
  message: Message | null;
  /** Of WhatsApp: epoch ms until when free words may be sent; null: only a template. */
  freeFormUntil?: number | null;
}

export interface SendProblem {
  kind: 'problem';
  /** JSON Pointer within the item. */
  path: string;
  message: string;
}

const SAMPLE_ADDRESS = 'ada@example.com';

/** Of a claim that may be there already; a dry run takes none, but says what it would meet. */
export function earlierKeyOf({ origin, node }: SendRequest): string | null {
  if (origin.kind === 'none') return null;
  // A run's key cannot be mistaken for a caller's: their first parts differ.
  return origin.kind === 'run' ? `run/${origin.runId}/${origin.segment}/${node}` : `key/${origin.key}`;
}

function outcomeOf({ decision, status, permanent, created_at }: SendRow, now: number): EarlierSend {
  return { decision, status, permanent: permanent === 1, isVoid: created_at <= now - CLAIM_LASTS_MS };
}

export interface OpenRequest {
  index: number;
  request: SendRequest;
  claimKey: string | null;
  customerId: string;
  run: SegmentRun | null;
  /** The claim's row from before. */
  prior: SendRow | null;
  /** What this message is already, in a dry run also: it does not count against itself. */
  ownId: string | null;
  /** The caller's key has been used. */
  alreadySent: boolean;
  /** The claim from before was started, and nobody knows what became of it. */
  resumes: boolean;
}

export interface Answered {
  index: number;
  answer: SendAnswer<never> | SendProblem;
  /** Started by somebody who has not come back. */
  lost?: string;
  /** Of a manual test: the message is wanted, to be looked at. */
  isSample?: boolean;
}

/** Sorts out what needs no decision: erased customers, items of another run, replays. */
export function place(
  request: SendRequest,
  index: number,
  survivors: Map<string, string>,
  runs: Map<string, SegmentRun>,
  earlier: Map<string, SendRow>,
  now: number,
): OpenRequest | Answered {
  const earlierKey = earlierKeyOf(request);
  const claimKey = request.dryRun ? null : earlierKey;
  const known = (earlierKey !== null && earlier.get(earlierKey)) || null;
  const prior = request.dryRun ? null : known;
  const customerId = survivors.get(request.customerId);
  if (request.dryRun && request.customerId === TEST_CUSTOMER_ID)
    return { index, answer: sample(request), isSample: true };
  if (customerId === undefined) {
    const isOurs = request.customerId.startsWith(CUSTOMER_ID_PREFIX);
    return { index, answer: isOurs ? erased() : problem('/customerId', 'names a customer that does not exist') };
  }
  const alreadySent = known !== null && isSpent(request, outcomeOf(known, now));
  const ownId = known?.id ?? null;
  const open = { index, request, claimKey, customerId, run: null, prior, ownId, alreadySent, resumes: false };
  if (request.origin.kind !== 'run') return open;

  const run = runs.get(request.origin.runId);
  if (prior) {
    const isHere = run?.customer_id === customerId && run.segment === request.origin.segment;
    const repeated = repeatedInRun(outcomeOf(prior, now), request.repeatable && isHere);
    if (repeated.kind === 'resume') return { ...open, run: run ?? null, resumes: true };
    if (repeated.kind === 'replay') {
      const lost = prior.status === 'started' ? { lost: prior.id } : {};
      return { index, answer: replayOf(prior, repeated.status), ...lost };
    }
  }
  if (!run) {
    // A dry run may come with a made-up run.
    if (request.dryRun) return open;
    return {
      index,
      answer: problem(
        '/runId',
        `There is no run "${request.origin.runId}". Keep the "run" field of the item as it is.`,
      ),
    };
  }
  if (run.customer_id !== customerId) {
    return {
      index,
      answer: problem(
        '/customerId',
        'The run belongs to another customer. Keep "customer" and "run" of an item together.',
      ),
    };
  }
  if (run.segment !== request.origin.segment) {
    const where = `The run stands at segment ${run.segment}, the item comes from segment ${request.origin.segment}.`;
    return { index, answer: problem('/segment', `${where} Keep the "run" field of the item as it is.`) };
  }
  return { ...open, run };
}

/** In a run only a dry run comes to be decided then: any other is answered as before. */
const isSpent = ({ origin, repeatable }: SendRequest, earlier: EarlierSend): boolean =>
  origin.kind === 'key'
    ? !isKeyFree(earlier)
    : earlier.decision === 'send' && repeatedInRun(earlier, repeatable).kind === 'replay';

const problem = (path: string, message: string): SendProblem => ({ kind: 'problem', path, message });

function erased(): SendAnswer<never> {
  const { decision, until } = ERASED;
  const nothing = { sendId: null, address: null, resumedFrom: null, status: null, message: null };
  // Nothing is stored of somebody who is to be forgotten.
  return { kind: 'decided', decision, reasons: [...ERASED.reasons], until, replayed: false, ...nothing };
}

/** The made-up customer of a manual test may always be written to, and never is. */
function sample({ address }: SendRequest): SendAnswer<never> {
  const nothing = { sendId: null, until: null, resumedFrom: null, status: null, message: null };
  return {
    kind: 'decided',
    decision: 'send',
    reasons: [],
    address: address ?? SAMPLE_ADDRESS,
    replayed: false,
    ...nothing,
  };
}

export function replayOf(row: SendRow, status: SendStatus | null): SendAnswer<never> {
  return {
    kind: 'decided',
    sendId: row.id,
    decision: row.decision,
    reasons: JSON.parse(row.reasons_json) as string[],
    until: row.until,
    address: row.address,
    replayed: true,
    resumedFrom: null,
    status,
    message: null,
  };
}
