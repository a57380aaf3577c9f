/** Addresses that lead an operator from one tool to another: our pages, n8n's editor, the Temporal UI. Opaque ids only, nobody's data. */
import type { Settings } from './settings.ts';

type Addresses = Pick<Settings, 'operatorUrl' | 'n8nEditorUrl' | 'temporalUiUrl' | 'temporalNamespace'>;

export class OperatorLinks {
  readonly #addresses: Addresses;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** From elsewhere; the pages themselves link by paths. */
  runPage(runId: string): string {
    return `${this.#addresses.operatorUrl}${runPath(runId)}`;
  }

  n8nWorkflow(workflowId: string): string {
    return `${this.#addresses.n8nEditorUrl}/workflow/${encodeURIComponent(workflowId)}`;
  }

  n8nExecutions(workflowId: string): string {
    return `${this.n8nWorkflow(workflowId)}/executions`;
  }

  n8nExecution(workflowId: string, executionId: string): string {
    return `${this.n8nExecutions(workflowId)}/${encodeURIComponent(executionId)}`;
  }

  /** The newest workflow with this id. @returns null where the Temporal UI is not known */
  temporalRun(workflowId: string): string | null {
    const list = this.#temporalList;
    return list && `${list}/${encodeURIComponent(workflowId)}`;
  }

  /**
   * @param step name of a wait, to see those who stand there
   * @returns the runs of a journey that are going on; null where the Temporal UI is not known
   */
  temporalJourney(journeyKey: string, step: string | null = null): string | null {
    const list = this.#temporalList;
    const conditions = [
      `JourneyKey=${quoted(journeyKey)}`,
      ...(step === null ? [] : [`JourneyStep=${quoted(step)}`]),
      'ExecutionStatus="Running"',
    ];
    return list && `${list}?query=${encodeURIComponent(conditions.join(' AND '))}`;
  }

  get #temporalList(): string | null {
    const { temporalUiUrl, temporalNamespace } = this.#addresses;
    return temporalUiUrl && `${temporalUiUrl}/namespaces/${encodeURIComponent(temporalNamespace)}/workflows`;
  }
}

/** As the list filters of Temporal take a text. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

export const runPath = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;
export const customerPath = (customerId: string): string => `/customers/${encodeURIComponent(customerId)}`;
export const journeyPath = (journeyKey: string): string => `/journeys/${encodeURIComponent(journeyKey)}`;
