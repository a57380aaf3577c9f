/** What Channel Send needs to know of a channel: its fields, and how they and the rendered texts become a message. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { AuthorizeAnswer, SendCategory } from '../../transport/contract/sends.ts';
import type { Channel, MessageSource, MessageTracking, RenderedMessage } from '../../transport/contract/messages.ts';
import type { OutgoingMessage } from '../providers/outgoing.ts';
import type { ItemFields } from '../../sends/itemFields.ts';

/** What the gate says beside its decision. */
export type GateFacts = Pick<AuthorizeAnswer, 'freeFormUntil'>;

export interface ChannelDraft<Message extends OutgoingMessage = OutgoingMessage> {
  /** What the service renders over the item. */
  source: MessageSource;
  tracking?: MessageTracking;
  /** Asked of the gate instead of the customer's own address. */
  address?: string;
  /** What a webhook of the operator gets beside the texts. */
  details?: Record<string, string>;
  /** Of WhatsApp: free text alone, which the gate refuses outside of the customer's 24 hours. */
  freeForm?: true;
  /** @throws NodeOperationError when the rendered texts are no message: the item fails, and its claim is not used */
  outgoing: (rendered: RenderedMessage, to: string, sendId: string, gate: GateFacts) => Message;
}

export interface SendChannel<Message extends OutgoingMessage = OutgoingMessage> {
  channel: Channel;
  /** As the operator reads it in a sentence: `e-mail`. */
  displayName: string;
  /** Name of the provider that is there before one is chosen. */
  usualProvider: string;
  /** Shown for this channel only; its "Options" are `options`. */
  properties: INodeProperties[];
  options: INodeProperties[];
  /** Of the field "Test Address". */
  testPlaceholder: string;
  /** Names of the parts of the message source as the fields are called, for errors. */
  fieldNames: Record<string, string>;
  /** @throws NodeOperationError (`fields.error`) when a field lacks something */
  draft(fields: ItemFields, category: SendCategory): ChannelDraft<Message>;
  /** Marks what goes to a test address. */
  asTest(rendered: RenderedMessage): RenderedMessage;
  /** How the message looks, for the manual test. */
  preview(message: Message): IDataObject;
}
