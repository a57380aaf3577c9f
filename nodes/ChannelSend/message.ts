/** One item's message: what the operator wrote, the question to the send gate, and the e-mail that comes out of it. */
import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { AuthorizeAnswer, AuthorizeItem, RenderedMessage, SendCategory } from '../transport/contract.ts';
import { customerIdOf, runOf } from '../transport/journeyItem.ts';
import { textOfHtml } from './textOfHtml.ts';
import { fieldText } from '../fields/fieldText.ts';

export interface Email {
  from: { name: string; address: string };
  to: string;
  replyTo?: string;
  subject: string;
  html?: string;
  text: string;
  /** With angle brackets. */
  messageId: string;
  headers?: Record<string, string>;
}

export interface Draft {
  fromName: string;
  fromEmail: string;
  replyTo: string;
  testAddress: string;
  gate: AuthorizeItem;
}

/** @throws NodeOperationError when the item or a field lacks something */
export function draftOf(context: IExecuteFunctions, itemIndex: number, isTest: boolean): Draft {
  const field = (name: string) => fieldText(context.getNodeParameter(name, itemIndex, ''));
  const options = context.getNodeParameter('options', itemIndex, {});
  const option = (name: string) => singleLine(fieldText(options[name]));
  const json = context.getInputData()[itemIndex]?.json ?? {};
  const node = context.getNode();

  const fromEmail = singleLine(field('fromEmail'));
  if (!isAddress(fromEmail)) {
    throw new NodeOperationError(node, `The sender "${fromEmail}" is not an e-mail address`, {
      itemIndex,
      description: 'Set "From Email" to an address of your own domain, for example hello@example.com.',
    });
  }
  const customerId = customerIdOf(json);
  if (!customerId) {
    throw new NodeOperationError(node, 'This item has no customer', {
      itemIndex,
      description:
        'Channel Send writes to customers, so that consent and caps can be checked: keep the "customer" field of the journey, or put a Customer node before this one.',
    });
  }
  const message = { subject: field('subject'), html: field('html'), text: field('text'), data: json };
  if (!message.html.trim() && !message.text.trim()) {
    throw new NodeOperationError(node, 'The message is empty', { itemIndex, description: 'Fill in "HTML" or "Text".' });
  }
  const run = isTest ? null : runOf(json);
  return {
    fromName: singleLine(field('fromName')),
    fromEmail,
    replyTo: option('replyTo'),
    testAddress: option('testAddress'),
    gate: {
      ref: String(itemIndex),
      customerId,
      channel: 'email',
      category: field('category') as SendCategory,
      node: node.id,
      nodeName: node.name,
      ...(run ? { runId: run.id, segment: run.segment } : { key: keyOutsideJourneys(context, itemIndex) }),
      ...(option('to') ? { address: option('to') } : {}),
      ...(isTest ? { dryRun: true } : {}),
      message,
    },
  };
}

/** What stands for this one pass of this node, also in a loop. */
export function passOf(context: IExecuteFunctions): string {
  const runIndex = fieldText(context.evaluateExpression('{{ $runIndex }}', 0));
  return `${context.getExecutionId() ?? 'execution'}/${context.getNode().id}/${runIndex}`;
}

const keyOutsideJourneys = (context: IExecuteFunctions, itemIndex: number) => `${passOf(context)}/${itemIndex}`;

/** The Message-ID is made from the send's id: a mail program shows a repeated delivery once. */
export function emailOf(draft: Draft, message: RenderedMessage, to: string, id: string): Email {
  const html = message.html.trim();
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, singleLine(value)]);
  return {
    from: { name: draft.fromName, address: draft.fromEmail },
    to: singleLine(to),
    ...(draft.replyTo ? { replyTo: draft.replyTo } : {}),
    subject: singleLine(message.subject),
    ...(html ? { html } : {}),
    text: message.text.trim() || textOfHtml(html),
    messageId: `<${id}@${draft.fromEmail.slice(draft.fromEmail.lastIndexOf('@') + 1)}>`,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) as Record<string, string> } : {}),
  };
}

const FIELD_NAMES: Record<string, string> = { subject: 'subject', html: 'HTML', text: 'text' };

/** What the gate says about one item, as an error of that item. */
export function gateError(context: IExecuteFunctions, answer: AuthorizeAnswer, itemIndex: number): NodeOperationError {
  const { path = '', message = '' } = answer.error ?? {};
  const [, field] = /\/message\/(\w+)$/.exec(path) ?? [];
  if (field === undefined) {
    return new NodeOperationError(context.getNode(), message, {
      itemIndex,
      description: `The journeys service refused this send (${path})`,
    });
  }
  return new NodeOperationError(
    context.getNode(),
    `The ${FIELD_NAMES[field] ?? field} cannot be rendered: ${message}`,
    {
      itemIndex,
      description: 'Subject and texts are Liquid templates: check the tags and filters in this field.',
    },
  );
}

/** Header fields are one line: a line break in a name or subject must not become a header of its own. */
export function singleLine(text: string): string {
  return text.replace(/[\r\n\u0085\u2028\u2029]+/g, ' ').trim();
}

const isAddress = (text: string): boolean => /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(text);
