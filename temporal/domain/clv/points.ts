/** The formulas alone, for parameters that somebody else gives: `predict --points`. */
import { MODELS } from './fit.ts';
import { expectedSpend, spendLogLikelihood, type SpendParams } from './gammaGamma.ts';
import { MODEL_NAMES, type ModelName, type Params } from './purchaseModel.ts';

export interface PurchasePoint {
  ll: number;
  alive: number;
  expect: number;
}

export type PointAnswer = PurchasePoint | Omit<PurchasePoint, 'alive'>;

/** What is wrong with a point, in words that go after its place. */
export class PointError extends Error {}

const GAMMA_GAMMA = 'gamma-gamma';

/** @throws PointError that names the field and the way out */
export function evaluatePoint(point: unknown): PointAnswer {
  if (typeof point !== 'object' || point === null || Array.isArray(point)) {
    throw new PointError(
      'has to be an object such as {"model":"bg-nbd","params":[…],"x":2,"tx":30.43,"T":38.86,"t":39}',
    );
  }
  const fields = point as Record<string, unknown>;
  const { model } = fields;
  if (model === GAMMA_GAMMA) return finite(spendPoint(fields));
  if (!MODEL_NAMES.some((name) => name === model)) {
    throw new PointError(`model has to be one of ${[...MODEL_NAMES, GAMMA_GAMMA].join(', ')}; it is ${shown(model)}`);
  }
  return finite(purchasePoint(model as ModelName, fields));
}

function purchasePoint(name: ModelName, fields: Record<string, unknown>): PurchasePoint {
  const model = MODELS[name];
  const params = paramsOf(fields, model.paramNames) as unknown as Params;
  const x = countOf(fields);
  const tx = notNegative(fields, 'tx');
  const T = notNegative(fields, 'T');
  const t = notNegative(fields, 't');
  if (tx > T) throw new PointError(`tx (${tx}) is the time of the last purchase and cannot be above T (${T})`);
  if (x === 0 && tx !== 0)
    throw new PointError(`tx has to be 0 when x is 0: there was no repeat purchase; it is ${tx}`);
  const history = { x, tx, T };
  const alive = model.alive(params, history);
  return {
    ll: model.logLikelihood(params, history),
    alive,
    expect: alive === 0 ? 0 : alive * model.expectedIfAlive(params, history, t),
  };
}

function spendPoint(fields: Record<string, unknown>): Omit<PurchasePoint, 'alive'> {
  const params = paramsOf(fields, ['p', 'q', 'v']) as unknown as SpendParams;
  const x = countOf(fields);
  const m = x === 0 && fields.m === undefined ? 0 : notNegative(fields, 'm');
  if (x > 0 && m === 0) throw new PointError('m has to be above 0: Gamma-Gamma knows no customers who spend nothing');
  const expect = expectedSpend(params, x, m);
  if (Number.isNaN(expect)) {
    throw new PointError('has no expected spend: p × x + q has to be above 1');
  }
  return { ll: x === 0 ? 0 : spendLogLikelihood(params, x, m), expect };
}

function paramsOf(fields: Record<string, unknown>, names: readonly string[]): number[] {
  const { params } = fields;
  if (!Array.isArray(params) || params.length !== names.length) {
    throw new PointError(`params has to be an array of ${names.length} numbers: ${names.join(', ')}`);
  }
  return names.map((name, i) => {
    const value: unknown = params[i];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw new PointError(`params/${i} (${name}) has to be a number above 0; it is ${shown(value)}`);
  });
}

function countOf(fields: Record<string, unknown>): number {
  const x = notNegative(fields, 'x');
  if (!Number.isSafeInteger(x)) throw new PointError(`x has to be a whole number of repeat purchases; it is ${x}`);
  return x;
}

function notNegative(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new PointError(
    `${name} has to be a number, 0 or more; it is ${value === undefined ? 'missing' : shown(value)}`,
  );
}

function finite<Answer extends PointAnswer>(answer: Answer): Answer {
  if (Object.values(answer).every((value) => Number.isFinite(value))) return answer;
  throw new PointError('leads beyond what numbers can hold: the parameters are too far from its times');
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 60);
