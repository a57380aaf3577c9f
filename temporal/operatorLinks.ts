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
   * @returns the runs of a journey that are going on; null where the Temporal UI is not known, or cannot be asked for such a name
   */
  temporalJourney(journeyKey: string, step: string | null = null): string | null {
    const list = this.#temporalList;
    const names = { JourneyKey: journeyKey, ...(step !== null && { JourneyStep: step }), ExecutionStatus: 'Running' };
    // Temporal's list filters know no way to write a quotation mark in a text (seen on server 1.29).
    if (list === null || Object.values(names).some((name) => name.includes('"'))) return null;
    const query = Object.entries(names).map(([attribute, name]) => `${attribute}="${name}"`);
    return `${list}?query=${encodeURIComponent(query.join(' AND '))}`;
  }

  get #temporalList(): string | null {
    const { temporalUiUrl, temporalNamespace } = this.#addresses;
    return temporalUiUrl && `${temporalUiUrl}/namespaces/${encodeURIComponent(temporalNamespace)}/workflows`;
  }
}

export const runPath = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;
export const customerPath = (customerId: string): string => `/customers/${encodeURIComponent(customerId)}`;
export const journeyPath = (journeyKey: string): string => `/journeys/${encodeURIComponent(journeyKey)}`;
