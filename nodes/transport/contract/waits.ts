/** What a Journey Wait asks for. */
import type { IDataObject } from 'n8n-workflow';
import type { WaitSpec } from '../../../temporal/domain/waitSpec.ts';
import type { ItemError } from './items.ts';

export interface WaitRegistration {
  ref: string;
  runId: string;
  segment: number;
  workflowId: string;
  nodeId: string;
  nodeName: string;
  spec: WaitSpec;
  /** What travels with the customer over the wait. */
  item: IDataObject;
}

export interface WaitAnswer {
  ref: string;
  until: string | number | null;
  error?: ItemError;
}
