/**
 * Asks the gate for messages that another node sends, and says `started` for those that may go out: when that node sends is
 * not known here. So what has been let out once is not let out again, whatever becomes of the execution: without a report it
 * counts as sent (`unknown`).
 */
import type { AuthorizeAnswer, AuthorizeItem } from '../transport/contract/sends.ts';
import type { JourneysApi } from '../transport/journeysApi.ts';

/** `send`: it is this execution's to send. `alreadySent`: it was let out before, or by somebody else. */
export type CheckedSend =
  | { kind: 'send' | 'alreadySent' | 'suppressed' | 'deferred'; answer: AuthorizeAnswer; status: string | null }
  | { kind: 'refused'; answer: AuthorizeAnswer }
  /** The claim could not be used any more, or everything was stopped in between, and so it was again when asked anew. */
  | { kind: 'stopped'; answer: AuthorizeAnswer };

/** Most that the service takes in one call. */
const STARTED_AT_ONCE = 500;
/** Why a claim could not be started although nobody has sent: the gate may be asked again, and says why not. */
const ASK_AGAIN: ReadonlySet<string | null> = new Set(['void', 'paused', 'suppressed']);

/**
 * @param pass names this execution of the node
 * @param goesOn after errors; else nothing is started when an item is refused, for no item will be let out
 * @returns by `ref`; when nothing was started, the refused ones alone
 */
export async function checkSends(
  api: JourneysApi,
  questions: AuthorizeItem[],
  pass: string,
  goesOn: boolean,
): Promise<Map<string, CheckedSend>> {
  const checked = await askAndStart(api, questions, pass, goesOn);
  const again = questions.filter(({ ref }) => checked.get(ref)?.kind === 'stopped');
  if (again.length === 0) return checked;
  return new Map([...checked, ...(await askAndStart(api, again, `${pass}/again`, true))]);
}

/** They were not let out after all: the claims are free again. What was let out before as well stays as it is, for that one may have been sent. */
export async function takeBack(api: JourneysApi, checked: Iterable<CheckedSend>): Promise<void> {
  const ids = [...checked].flatMap(({ kind, answer: { sendId, resumed } }) =>
    kind === 'send' && sendId && !resumed ? sendId : [],
  );
  const error = 'Not sent: another item of the same execution failed.';
  for (let begin = 0; begin < ids.length; begin += STARTED_AT_ONCE) {
    const part = ids.slice(begin, begin + STARTED_AT_ONCE);
    await api.reportSends(part.map((sendId) => ({ sendId, outcome: 'failed', permanent: false, error })));
  }
}

async function askAndStart(
  api: JourneysApi,
  questions: AuthorizeItem[],
  pass: string,
  goesOn: boolean,
): Promise<Map<string, CheckedSend>> {
  const answers = await api.authorizeSends(questions);
  const refused = answers.filter(({ error }) => error !== undefined);
  if (refused.length > 0 && !goesOn) return new Map(refused.map((answer) => [answer.ref, { kind: 'refused', answer }]));
  // Of several items of one customer in one segment, which share a send, the first is let out.
  const firstOf = new Map<string, string>();
  for (const { ref, sendId, decision, replayed, error } of answers) {
    if (!error && decision === 'send' && !replayed && sendId && !firstOf.has(sendId)) firstOf.set(sendId, ref);
  }
  const started = new Set<string>();
  const theirs = new Map<string, string | null>();
  const ids = [...firstOf.keys()];
  for (let begin = 0; begin < ids.length; begin += STARTED_AT_ONCE) {
    const answer = await api.startSends(ids.slice(begin, begin + STARTED_AT_ONCE), `${pass}/${begin}`);
    for (const id of answer.started) started.add(id);
    for (const { sendId, status } of answer.refused) theirs.set(sendId, status);
  }
  return new Map(
    answers.map(
      (answer) => [answer.ref, checkedSend(answer, firstOf, started, theirs)] satisfies [string, CheckedSend],
    ),
  );
}

function checkedSend(
  answer: AuthorizeAnswer,
  firstOf: ReadonlyMap<string, string>,
  started: ReadonlySet<string>,
  theirs: ReadonlyMap<string, string | null>,
): CheckedSend {
  const { ref, sendId, decision, reasons, error, status = null } = answer;
  if (error) return { kind: 'refused', answer };
  switch (decision) {
    case 'defer':
      return { kind: 'deferred', answer, status };
    case 'suppress':
      return { kind: reasons.includes('already_sent') ? 'alreadySent' : 'suppressed', answer, status };
    case 'send': {
      if (sendId && started.has(sendId)) {
        return { kind: firstOf.get(sendId) === ref ? 'send' : 'alreadySent', answer, status: 'started' };
      }
      if (sendId && theirs.has(sendId)) {
        const theirStatus = theirs.get(sendId) ?? null;
        if (ASK_AGAIN.has(theirStatus)) return { kind: 'stopped', answer };
        return { kind: 'alreadySent', answer, status: theirStatus };
      }
      return { kind: 'alreadySent', answer, status };
    }
  }
}
