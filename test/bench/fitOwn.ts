/** Fits a model to rows of x,tx,T in a process of its own, for its time and memory: prints what fitWithLifetimes.py prints. */
import { readFileSync } from 'node:fs';
import { fitPurchases } from '../../temporal/domain/clv/fit.ts';
import type { ModelName } from '../../temporal/domain/clv/purchaseModel.ts';
import { historiesIn } from './fits.ts';
import { summariesOf } from '../../temporal/domain/clv/summary.ts';

const [model, file] = process.argv.slice(2) as [ModelName, string];
const histories = historiesIn(readFileSync(file, 'utf8'));
const begun = performance.now();
const fit = fitPurchases(model, summariesOf(histories));
if ('notEnoughData' in fit) throw new Error(fit.notEnoughData);
console.log(JSON.stringify({ seconds: (performance.now() - begun) / 1000, params: fit.params }));
