/** The part of the client that asks for what is calculated: scores, next products, when purchases run out. */
import type { IDataObject } from 'n8n-workflow';
import type { NextProductsAnswer, NextProductsItem } from './contract/products.ts';
import type { DuePurchase, PlanAnswer, PlanItem } from './contract/replenishment.ts';
import type { ScoredCustomer, ScoresAnswer, ScoresOverview } from './contract/scores.ts';
import { ServiceCalls } from './serviceCalls.ts';

/** Most items in one call whose answers are lists. */
const LONG_ANSWERS = 100;

/** @throws NodeApiError, with what happened and the way out */
export class ScoreCalls extends ServiceCalls {
  async lookUpScores(items: Array<{ ref: string; customerId: string }>): Promise<ScoresAnswer[]> {
    return await this.batched('/v1/customers/scores', items);
  }

  /** @param filter as the query of `/v1/scores/customers` @param limit null: all */
  async scoredCustomers(filter: Record<string, string>, limit: number | null): Promise<ScoredCustomer[]> {
    return await this.pages<ScoredCustomer>('/v1/scores/customers', filter, limit);
  }

  async scoresOverview(): Promise<ScoresOverview> {
    return (await this.request('GET', '/v1/scores')) as ScoresOverview;
  }

  /** @returns the names of the calculations that are due now */
  async refreshScores(): Promise<string[]> {
    return ((await this.request('POST', '/v1/scores/refresh')) as { jobs: string[] }).jobs;
  }

  async nextProducts(items: NextProductsItem[]): Promise<NextProductsAnswer[]> {
    return await this.batched('/v1/next-products', items, LONG_ANSWERS);
  }

  async planReplenishment(items: PlanItem[]): Promise<PlanAnswer[]> {
    return await this.batched('/v1/replenishment/plans', items, LONG_ANSWERS);
  }

  /** @param filter as the query of `/v1/replenishment/due` @param limit null: all */
  async duePurchases(filter: Record<string, string>, limit: number | null): Promise<DuePurchase[]> {
    return await this.pages<DuePurchase>('/v1/replenishment/due', filter, limit);
  }

  /** What was learned per product. @param limit null: all */
  async consumptionWindows(limit: number | null): Promise<IDataObject[]> {
    return await this.pages<IDataObject>('/v1/replenishment/windows', {}, limit);
  }
}
