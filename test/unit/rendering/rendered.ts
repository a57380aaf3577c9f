/** A message for tests: rendered as the service does, with everything beside the template left out unless it is asked for. */
import { mjmlOf, type MessageSource, type RenderedMessage } from '../../../temporal/rendering/message.ts';
import { MjmlDocuments } from '../../../temporal/rendering/mjml.ts';
import { renderMessage, type MessageRendering } from '../../../temporal/rendering/rendering.ts';
import { RenderProblem } from '../../../temporal/rendering/renderProblem.ts';

export const data = {
  customer: { id: 'cus_1', firstName: 'Ada <3', email: 'ada@example.com', nickname: null },
  run: { entry: { properties: { currency: 'EUR', items: [{ name: 'Shoe & sock', priceMinor: 4200 }] } } },
};

export async function render(
  source: MessageSource,
  more: Partial<Omit<MessageRendering, 'source' | 'mjml'>> = {},
): Promise<RenderedMessage> {
  return renderMessage({
    channel: 'email',
    source: { subject: 'Hello', ...source },
    data,
    language: null,
    mjml: await MjmlDocuments.compile(mjmlOf(source)),
    campaign: null,
    utm: {},
    ownUrl: 'https://journeys.example.com',
    clickUrl: null,
    textClickUrl: null,
    pixelUrl: null,
    wayOut: null,
    ...more,
  });
}

/** @returns its part and words; null when the message renders */
export async function problemOf(...given: Parameters<typeof render>): Promise<string | null> {
  try {
    await render(...given);
    return null;
  } catch (error) {
    if (error instanceof RenderProblem) return `${error.part} ${error.message}`;
    throw error;
  }
}

/** What stands in the body of a document that was made around a fragment. */
export const bodyOf = (html: string): string => /<body>([^]*)<\/body><\/html>$/.exec(html)?.[1] ?? `no body: ${html}`;
