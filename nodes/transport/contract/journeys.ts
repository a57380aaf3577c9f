/** Journeys and their runs. */
import type { IDataObject } from 'n8n-workflow';
import type { ItemError } from './items.ts';
import type { CustomerIdentity } from './customers.ts';

export interface JourneySummary {
  key: string;
  name: string;
  state: 'active' | 'paused' | 'unpublished';
}

/** How a journey is after it was paused or resumed. */
export interface JourneyStateAnswer {
  ref: string;
  journey: IDataObject | null;
  error?: ItemError;
}

export interface EnrolItem {
  ref: string;
  identity: CustomerIdentity;
  properties?: IDataObject;
  /** The same again means the same run. */
  key: string;
}

export interface EnrolAnswer {
  ref: string;
  runId: string | null;
  customerId: string | null;
  /** Why the customer did not enter: a word, and a sentence. */
  reason: string | null;
  message: string | null;
  error?: ItemError;
}

export interface ExitItem {
  ref: string;
  customerId: string;
  journey?: string;
  reason?: string;
  exceptRunId?: string;
}

export interface ExitAnswer {
  ref: string;
  exited: Array<{ runId: string; journey: string }>;
  error?: ItemError;
}

export interface RunRecord extends IDataObject {
  id: string;
  journey: string;
  customerId: string;
  status: string;
}

export interface RunsItem {
  ref: string;
  customerId: string;
  journey?: string;
  status?: string;
  limit: number;
}

export interface RunsAnswer {
  ref: string;
  runs: RunRecord[];
  error?: ItemError;
}
