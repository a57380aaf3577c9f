/**
 * Which send an item is about. Nodes such as Gmail put the provider's answer in place of the item: then it is the item that
 * the check before has let out, found the way n8n pairs items.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

export interface SentItem {
  /** As the check let it out. */
  json: IDataObject;
  send: IDataObject;
  /** What the sending node has put in its place; null when it is the item itself. */
  answer: IDataObject | null;
}

/** @returns null when it cannot be told */
export function sentItemOf(context: IExecuteFunctions, itemIndex: number): SentItem | null {
  const json = context.getInputData()[itemIndex]?.json ?? {};
  const own = sendOf(json);
  if (own) return { json, send: own, answer: null };
  const node = context.getNode();
  // The nearest comes last.
  for (const { name, type } of context.getParentNodes(node.name).reverse()) {
    if (type !== node.type) continue;
    const before = itemOf(context, name, itemIndex);
    const send = before && sendOf(before);
    if (send) return { json: before, send, answer: json };
  }
  return null;
}

function sendOf({ send }: IDataObject): IDataObject | null {
  if (typeof send !== 'object' || send === null || Array.isArray(send)) return null;
  const { id, status } = send as IDataObject;
  return (typeof id === 'string' && id !== '') || status === 'preview' ? (send as IDataObject) : null;
}

function itemOf(context: IExecuteFunctions, nodeName: string, itemIndex: number): IDataObject | null {
  try {
    const json = context.evaluateExpression(`{{ $(${JSON.stringify(nodeName)}).item.json }}`, itemIndex) as unknown;
    return typeof json === 'object' && json !== null ? (json as IDataObject) : null;
  } catch {
    // It was not run in this execution, or the node in between has not kept the pairing.
    return null;
  }
}
