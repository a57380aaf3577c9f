/** What the routes of `/in/…` and `/hooks/…` have in common: their parts, parameters and refusals. */
import { Type } from 'typebox';
import type { ServiceContext } from '../context.ts';
import type { ServiceMetrics } from '../metrics.ts';
import { ProblemSchema } from '../problem.ts';
import type { LastReceived } from './lastReceived.ts';
import type { Senders } from './senders.ts';

export interface IncomingParts {
  context: ServiceContext;
  metrics: ServiceMetrics;
  senders: Senders;
  received: LastReceived;
}

export const Params = Type.Object({ connection: Type.String({ description: 'Name of the connection' }) });
export const answers = {
  400: ProblemSchema,
  401: ProblemSchema,
  404: ProblemSchema,
  413: ProblemSchema,
  429: ProblemSchema,
  503: ProblemSchema,
};
export const tags = ['gateway'];
/** The body is read as it is signed; the schema is for whoever reads the description. */
export const unchecked = () => () => true;
