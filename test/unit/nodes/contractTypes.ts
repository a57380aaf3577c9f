/** The nodes' types of sends, scores and plans against the schemas of the service: when one changes alone, this file does not compile. */
import type { Static } from 'typebox';
import type {
  ExposureAnswer as NodesExposureAnswer,
  ExposureItem as NodesExposureItem,
} from '../../../nodes/transport/contract/experiments.ts';
import type { RenderedMessage } from '../../../nodes/transport/contract/messages.ts';
import type {
  OfferAnswer as NodesOfferAnswer,
  OfferItem as NodesOfferItem,
} from '../../../nodes/transport/contract/offers.ts';
import type {
  AlternativesAnswer as NodesAlternativesAnswer,
  AlternativesItem as NodesAlternativesItem,
  NextProductsAnswer,
  NextProductsItem,
} from '../../../nodes/transport/contract/products.ts';
import type { PlanItem as NodesPlanItem, PlannedProduct } from '../../../nodes/transport/contract/replenishment.ts';
import type { CustomerScores, ScoresOverview } from '../../../nodes/transport/contract/scores.ts';
import type * as nodes from '../../../nodes/transport/contract/sends.ts';
import type * as service from '../../../temporal/api/sendSchemas.ts';
import type { CustomerScoresSchema } from '../../../temporal/api/customerScoreSchemas.ts';
import type { AlternativesAnswer, AlternativesItem } from '../../../temporal/api/alternativeSchemas.ts';
import type { ExposureAnswer, ExposureItem } from '../../../temporal/api/experimentSchemas.ts';
import type * as nextProducts from '../../../temporal/api/nextProductSchemas.ts';
import type { OfferAnswer, OfferItem } from '../../../temporal/api/offerSchemas.ts';
import type { PlanItem, PlannedProductSchema } from '../../../temporal/api/replenishmentSchemas.ts';
import type { ScoresOverviewSchema } from '../../../temporal/api/scoreSchemas.ts';
import type { Rendered } from '../../../temporal/api/messageSchema.ts';

type Item = Static<typeof service.AuthorizeItem>;
type Answer = Static<typeof service.AuthorizeAnswer>;
type Report = Static<typeof service.ReportItem>;

/** One takes what the other gives, and has a name for each of its members. */
type Fits<Given, Taken> = Given extends Taken ? (keyof Taken extends keyof Given ? true : never) : never;

/** Of the nodes' types that may have further members. */
type Gives<Given, Taken> = Given extends Taken ? true : never;

export const fits: [
  Fits<nodes.AuthorizeItem, Item>,
  Fits<NonNullable<nodes.AuthorizeItem['message']>, NonNullable<Item['message']>>,
  Fits<Answer & { ref: string }, Omit<nodes.AuthorizeAnswer, 'error'>>,
  Fits<Static<typeof Rendered>, RenderedMessage>,
  Fits<nodes.SendReport, Report>,
  Fits<NodesPlanItem, Static<typeof PlanItem>>,
  Gives<Static<typeof PlannedProductSchema>, PlannedProduct>,
  Gives<Static<typeof CustomerScoresSchema>, CustomerScores>,
  Gives<Static<typeof ScoresOverviewSchema>, ScoresOverview>,
  Fits<NextProductsItem, Static<typeof nextProducts.NextProductsItem>>,
  Gives<Static<typeof nextProducts.NextProductsAnswer> & { ref: string }, NextProductsAnswer>,
  Fits<NodesOfferItem, Static<typeof OfferItem>>,
  Fits<Static<typeof OfferAnswer> & { ref: string }, NodesOfferAnswer>,
  Fits<NodesAlternativesItem, Static<typeof AlternativesItem>>,
  Gives<Static<typeof AlternativesAnswer> & { ref: string }, NodesAlternativesAnswer>,
  Fits<NodesExposureItem, Static<typeof ExposureItem>>,
  Fits<Static<typeof ExposureAnswer> & { ref: string }, NodesExposureAnswer>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];
