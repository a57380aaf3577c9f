/** `doctor` on the running service: whether it takes our key, here and where operators reach it, and what it says of itself. */
import { isLoopback } from '../../n8n/n8nApi.ts';
import type { Settings } from '../../settings.ts';
import { fine, notChecked, QUESTION_MS, wrong, type Verdict } from './finding.ts';

const EVERYWHERE: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** Where this machine reaches the service. */
export const ownAddress = ({ host, port }: Pick<Settings, 'host' | 'port'>): string =>
  `http://${EVERYWHERE[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`;

export async function serviceVerdict(settings: Settings): Promise<Verdict> {
  const base = ownAddress(settings);
  const { operatorUrl } = settings;
  const problem = await keyProblem(base, settings.apiKey);
  if (problem !== null) return wrong(problem);
  // Elsewhere may be another process, with another key. The key goes there only where nobody can read it on the way.
  const isSafe = operatorUrl.startsWith('https:') || isLoopback(operatorUrl);
  if (operatorUrl !== base && isSafe && (await asked(operatorUrl, settings.apiKey)) === 401) {
    return wrong(
      `The service at ${base} takes the API key, the one at ${operatorUrl} refuses it: two services with different keys. Set the same ` +
        'JOURNEYS_API_KEY for all processes and in n8n.',
    );
  }
  return fine(`Answers at ${base} and takes the API key.`);
}

async function keyProblem(base: string, apiKey: string): Promise<string | null> {
  const status = await asked(base, apiKey);
  if (status === 200) return null;
  if (status === 401) {
    return (
      `The service at ${base} refuses the API key: it was started with another JOURNEYS_API_KEY or JOURNEYS_DATA_DIR than this command. ` +
      'Give both the same.'
    );
  }
  const what = status === null ? 'No answer' : `The answer is ${status}`;
  return `${what} at ${base}. Is "commerce-journeys serve" running there? See JOURNEYS_HOST and JOURNEYS_PORT.`;
}

/** @returns the status; null when there is no answer */
async function asked(base: string, apiKey: string): Promise<number | null> {
  const response = await fetch(`${base}/v1/journeys`, {
    headers: { authorization: `Bearer ${apiKey}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(QUESTION_MS),
  }).catch(() => null);
  await response?.body?.cancel();
  return response?.status ?? null;
}

/** What `/ready` says: the service sees its parts from where it runs, which may be another machine. */
export async function readyVerdict(settings: Settings): Promise<Verdict> {
  const signal = AbortSignal.timeout(QUESTION_MS);
  const response = await fetch(`${ownAddress(settings)}/ready`, { signal }).catch(() => null);
  const body = (await response?.json().catch(() => null)) as {
    status?: string;
    parts?: Record<string, string>;
    notes?: string[];
  } | null;
  if (!body?.parts) return notChecked('The service would have to answer for that.');
  const notes = (body.notes ?? []).join(' ');
  if (body.status === 'ready') return fine(`The service is ready. ${notes}`.trim());
  const away = Object.entries(body.parts).flatMap(([part, state]) => (state === 'up' ? [] : [`${part} is ${state}`]));
  return wrong(`The service is not ready: ${away.join(', ')}. ${notes}`.trim());
}
