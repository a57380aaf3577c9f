/** The nodes' types of sends against the schemas of the service: when one changes alone, this file does not compile. */
import type { Static } from 'typebox';
import type { RenderedMessage } from '../../../nodes/transport/contract/messages.ts';
import type * as nodes from '../../../nodes/transport/contract/sends.ts';
import type * as service from '../../../temporal/api/sendSchemas.ts';
import type { Rendered } from '../../../temporal/api/messageSchema.ts';

type Item = Static<typeof service.AuthorizeItem>;
type Answer = Static<typeof service.AuthorizeAnswer>;
type Report = Static<typeof service.ReportItem>;

/** One takes what the other gives, and has a name for each of its members. */
type Fits<Given, Taken> = Given extends Taken ? (keyof Taken extends keyof Given ? true : never) : never;

export const fits: [
  Fits<nodes.AuthorizeItem, Item>,
  Fits<NonNullable<nodes.AuthorizeItem['message']>, NonNullable<Item['message']>>,
  Fits<Answer & { ref: string }, Omit<nodes.AuthorizeAnswer, 'error'>>,
  Fits<Static<typeof Rendered>, RenderedMessage>,
  Fits<nodes.SendReport, Report>,
] = [true, true, true, true, true];
