/**
 * The messages of a batch. What they need is read, and MJML compiled, before the gate's transaction; each that may go out is then
 * rendered in it, for without its message a send takes no claim.
 */
import { TEST_CUSTOMER_ID } from '../domain/journeyItem.ts';
import { languageFor } from '../domain/language.ts';
import { DEEPEST, isTooDeep } from '../domain/textValues.ts';
import type { Links } from '../links.ts';
import { mjmlOf, type RenderedMessage, type UtmName } from '../rendering/message.ts';
import { MjmlDocuments } from '../rendering/mjml.ts';
import { renderMessage } from '../rendering/rendering.ts';
import { RenderProblem } from '../rendering/renderProblem.ts';
import type { Settings } from '../settings.ts';
import type { Session } from '../store/rows.ts';
import type { SendProblem, SendRequest } from '../store/sendRequests.ts';
import type { Prepare, Recipient } from '../store/sendDecisions.ts';
import type { ServiceContext } from './context.ts';
import { customersOfMessages } from './messageCustomers.ts';
import { unsubscribeHeaders, wayOut, withLinks, type MessageLinks } from './messageLinks.ts';
import { productsOfMessages } from './messageProducts.ts';
import type { Message } from './messageSchema.ts';
import { StoppedTemplates } from './stoppedTemplates.ts';

export interface PreparedMessage extends RenderedMessage {
  headers?: Record<string, string>;
}

/** What a message is made for. */
export type MessageRequest = Pick<
  SendRequest,
  'customerId' | 'channel' | 'category' | 'nodeName' | 'productIds' | 'dryRun'
>;

export interface Asked {
  request: MessageRequest;
  message: Message | undefined;
}

/** @returns null for those that come without a message */
export async function messagesFor(
  { store, links, settings }: Pick<ServiceContext, 'store' | 'links' | 'settings'>,
  asked: readonly Asked[],
): Promise<Prepare<PreparedMessage | null>> {
  const session: Session = { db: store.db, dialect: store.dialect };
  const products = await productsOfMessages(
    session,
    asked.map(({ request: { productIds }, message }) => ({ productIds, message })),
  );
  const customers = await customersOfMessages(
    session,
    asked.map(({ request: { customerId }, message }) => ({ customerId, message })),
  );
  const mjml = await MjmlDocuments.compile(asked.flatMap(({ message }) => (message ? mjmlOf(message) : [])));
  const stopped = new StoppedTemplates();
  return (index, recipient) => {
    const { request, message } = asked[index] ?? {};
    if (!request || !message) return { message: null };
    const problem = stopped.problemOf(message);
    if (problem) return { problem };
    const customer = customers[index];
    const data = { ...products[index], ...(customer && { customer }), ...message.data };
    const made = prepared({ request, message: { ...message, data }, recipient, links, settings, mjml });
    if ('problem' in made && made.isStopped) stopped.note(message, made.problem);
    return made;
  };
}

interface Prepared {
  request: MessageRequest;
  message: Message & { data: Record<string, unknown> };
  recipient: Recipient;
  links: Links;
  settings: Settings;
  mjml: MjmlDocuments;
}

function prepared({
  request,
  message: { data, tracking = {}, ...source },
  recipient,
  links,
  settings,
  mjml,
}: Prepared): { message: PreparedMessage } | Unprepared {
  if (isTooDeep(data)) return problem('data', `is nested more than ${DEEPEST} levels deep`);
  const { channel, category } = request;
  const { sendId } = recipient;
  const own = linksOf(request, recipient, links);
  const isMarketingMail = category === 'marketing' && channel === 'email';
  const clickUrl = sendId === null ? null : (url: string) => links.click(sendId, url);
  const { opens = settings.trackOpens, clicks = settings.trackClicks, utm = {} } = tracking;
  try {
    const rendered = renderMessage({
      ...{ channel, source, mjml, language: recipient.language, ownUrl: links.base },
      data: withLinks(data, own),
      campaign: utm === false ? null : campaignOf(request, data),
      utm: utm === false ? {} : utm,
      clickUrl: clicks ? clickUrl : null,
      textClickUrl: tracking.clicks === true ? clickUrl : null,
      pixelUrl: opens && channel === 'email' && sendId !== null ? links.open(sendId) : null,
      wayOut: isMarketingMail ? wayOut(own, languageFor(recipient.language)) : null,
    });
    return { message: { ...rendered, ...(isMarketingMail && { headers: unsubscribeHeaders(own) }) } };
  } catch (error) {
    if (!(error instanceof RenderProblem)) throw error;
    return { ...problem(error.part, error.message), isStopped: error.isStopped };
  }
}

interface Unprepared {
  problem: SendProblem;
  isStopped?: boolean;
}

const problem = (part: string, message: string): Unprepared => ({
  problem: { kind: 'problem', path: `/message/${part}`, message },
});

/** Google Analytics knows the channels by these media ("Default channel group"). */
function campaignOf(
  { channel, nodeName }: MessageRequest,
  data: Record<string, unknown>,
): Partial<Record<UtmName, string>> {
  const { run } = data as { run?: { journey?: unknown } | null };
  const journey = run?.journey;
  return {
    source: 'journeys',
    medium: channel,
    ...(typeof journey === 'string' && { campaign: journey }),
    content: nodeName,
  };
}

/** The mail of a test may reach the operator's own inbox: its links must not speak for the customer. */
function linksOf({ channel, dryRun }: MessageRequest, { customerId, sendId }: Recipient, links: Links): MessageLinks {
  const owner = dryRun ? TEST_CUSTOMER_ID : customerId;
  return { unsubscribe: links.unsubscribe(owner, channel, sendId), preferences: links.preferences(owner) };
}
