/** What stands for one pass of a node, so that nothing is sent twice outside of journeys, and an answer that got lost is asked for again. */
import type { IExecuteFunctions } from 'n8n-workflow';
import { fieldText } from '../fields/fieldText.ts';

/** Also in a loop. */
export function passOf(context: IExecuteFunctions): string {
  const runIndex = fieldText(context.evaluateExpression('{{ $runIndex }}', 0));
  return `${context.getExecutionId() ?? 'execution'}/${context.getNode().id}/${runIndex}`;
}

/** The claim's key of an item that is in no journey. */
export const keyOutsideJourneys = (context: IExecuteFunctions, itemIndex: number) => `${passOf(context)}/${itemIndex}`;
