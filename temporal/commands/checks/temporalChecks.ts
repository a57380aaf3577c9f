/** `doctor` on Temporal: reachable, namespace there with long enough retention, search attributes known, somebody polling. */
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { temporalAddress } from '../../temporalConnection.ts';
import { TemporalClientPort } from '../../temporalPort.ts';
import { workersOn } from '../../temporalWorkers.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../workflows/messages.ts';
import { fine, notChecked, QUESTION_MS, wrong, type Verdict } from './finding.ts';

const GRPC_NOT_FOUND = 5;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNIMPLEMENTED = 12;
const GRPC_UNAUTHENTICATED = 16;
/** INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;
const HOUR_S = 3600;
/** The reconciler asks Temporal how runs ended that it has not heard of; after a day away it still has to get an answer. */
const SHORTEST_RETENTION_S = 24 * HOUR_S;
const WAY_OUT = 'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS.';

const codeOf = (error: unknown): number | null => (isGrpcServiceError(error) ? error.code : null);

/** @param withinMs for the first answer */
export async function temporalVerdict(
  env: Record<string, string | undefined>,
  withinMs = QUESTION_MS,
): Promise<Verdict> {
  const address = temporalAddress(env);
  const place = address.connectionOptions.address ?? 'the default address';
  const port = new TemporalClientPort(address);
  try {
    const problem = await namespaceProblem(port.client, place, withinMs);
    if (problem !== null) return wrong(problem);
    const where = `namespace ${address.namespace} at ${place}`;
    const workers = await workersOn(port.client);
    if (workers === null) return wrong(`No answer about workers from ${where}. ${WAY_OUT}`);
    if (workers === 0) {
      return wrong(`Answers (${where}), but no worker polls ${TASK_QUEUE}: start "commerce-journeys serve".`);
    }
    return fine(`Answers (${where}), and workers poll.`);
  } finally {
    await port.close();
  }
}

async function namespaceProblem(
  { connection, options }: Client,
  place: string,
  withinMs: number,
): Promise<string | null> {
  const { namespace } = options;
  try {
    const { config } = await connection.withDeadline(Date.now() + withinMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    const retention = config?.workflowExecutionRetentionTtl?.seconds;
    return retention ? retentionProblem(Number(retention), namespace) : null;
  } catch (error) {
    const code = codeOf(error);
    if (code === GRPC_NOT_FOUND) {
      return (
        `Temporal at ${place} has no namespace ${namespace}: set TEMPORAL_NAMESPACE, or make it with ` +
        `"temporal operator namespace create --namespace ${namespace} --retention 168h".`
      );
    }
    if (code === GRPC_PERMISSION_DENIED || code === GRPC_UNAUTHENTICATED) {
      return `Temporal at ${place} does not let us in: check TEMPORAL_API_KEY, the TEMPORAL_TLS certificates and TEMPORAL_NAMESPACE.`;
    }
    return `No answer from namespace ${namespace} at ${place}. ${WAY_OUT}`;
  }
}

/** @param seconds that Temporal keeps runs after their end */
export function retentionProblem(seconds: number, namespace: string): string | null {
  if (seconds >= SHORTEST_RETENTION_S) return null;
  return (
    `Namespace ${namespace} keeps ended runs for ${Math.round(seconds / HOUR_S)} hours only: how a run ended could be forgotten before ` +
    `the service asks. Set "temporal operator namespace update --namespace ${namespace} --retention 168h".`
  );
}

export async function searchAttributesVerdict(
  env: Record<string, string | undefined>,
  withinMs = QUESTION_MS,
): Promise<Verdict> {
  const address = temporalAddress(env);
  const { namespace } = address;
  const port = new TemporalClientPort(address);
  const { connection } = port.client;
  try {
    const { customAttributes = {} } = await connection.withDeadline(Date.now() + withinMs, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    return attributesVerdict(customAttributes ?? {}, namespace);
  } catch (error) {
    const code = codeOf(error);
    if (code === GRPC_PERMISSION_DENIED || code === GRPC_UNIMPLEMENTED) {
      return notChecked(`Temporal does not let us ask. It has to know, as Keyword: ${SEARCH_ATTRIBUTES.join(', ')}.`);
    }
    return notChecked('Temporal would have to answer for that.');
  } finally {
    await port.close();
  }
}

/** @param known name to IndexedValueType */
export function attributesVerdict(known: Readonly<Record<string, unknown>>, namespace: string): Verdict {
  const missing = SEARCH_ATTRIBUTES.filter((name) => known[name] === undefined);
  const other = SEARCH_ATTRIBUTES.filter((name) => known[name] !== undefined && known[name] !== KEYWORD);
  if (other.length > 0) {
    return wrong(
      `Namespace ${namespace} has ${other.join(', ')} of another type than Keyword: use a namespace of its own, or remove them with ` +
        '"temporal operator search-attribute remove".',
    );
  }
  if (missing.length > 0) {
    const options = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
    return wrong(
      `Namespace ${namespace} lacks ${missing.join(', ')}, so no run can be started. A worker of the service adds them when it starts; ` +
        `by hand: "temporal operator search-attribute create --namespace ${namespace} ${options}".`,
    );
  }
  return fine(`Namespace ${namespace} knows ${SEARCH_ATTRIBUTES.join(', ')}.`);
}
