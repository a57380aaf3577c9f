/** Turns an operator's message into one customer's: their language, Liquid over their item, and what every message gets from us. */
import type { Channel } from '../domain/event.ts';
import { counted, inText, withUtm, type AddressRules } from './addresses.ts';
import { escapePointer } from '../domain/identity.ts';
import { escapeHtml } from '../domain/htmlText.ts';
import type { Address } from './linkTag.ts';
import { renderHtml, renderText, type MessageData } from './liquid.ts';
import { filledIn } from './marks.ts';
import { given, lacking, UTM_NAMES, type MessageSource, type RenderedMessage, type UtmName } from './message.ts';
import type { MjmlDocuments } from './mjml.ts';
import { hiddenPreheader } from './preheader.ts';
import { RenderProblem } from './renderProblem.ts';
import { textOf } from './textPart.ts';
import { translated } from './translation.ts';

/** How to leave: a line of each kind, for messages that have to have one. */
export interface WayOut {
  /** A part that has this address already gets no line. */
  url: string;
  html: string;
  text: string;
}

export interface MessageRendering {
  channel: Channel;
  source: MessageSource;
  data: MessageData;
  /** Of the customer; null when it is not known. */
  language: string | null;
  /** Has compiled all that `source` has of it. */
  mjml: MjmlDocuments;
  /** Parameters for web addresses; null: none are added. */
  campaign: Readonly<Partial<Record<UtmName, string>>> | null;
  /** Liquid sources that stand for those above; '' leaves one out. */
  utm: Readonly<Partial<Record<UtmName, string>>>;
  /** See AddressRules. */
  ownUrl: string;
  /** How clicks are counted: in HTML, and in texts, whose addresses people see. */
  clickUrl: AddressRules['clickUrl'];
  textClickUrl: AddressRules['clickUrl'];
  /** Of the image that is loaded when an e-mail is opened; null for none. */
  pixelUrl: string | null;
  wayOut: WayOut | null;
}

/** @throws RenderProblem */
export function renderMessage(rendering: MessageRendering): RenderedMessage {
  const { channel, source, data, ownUrl, wayOut } = rendering;
  const { parts, language, pathOf } = translated(source, rendering.language);
  const missing = lacking(channel, parts);
  if (missing) throw new RenderProblem(pathOf(missing.part), missing.message);

  const ofText = (part: string, template: string | undefined) =>
    given(template) === undefined ? '' : renderText(pathOf(part), template ?? '', data);
  const subject = oneLine(ofText('subject', parts.subject));
  if (subject === '' && channel === 'email') {
    throw new RenderProblem(pathOf('subject'), 'is empty for this customer');
  }
  const rules = { ownUrl, utm: campaignOf(rendering), clickUrl: rendering.clickUrl };
  const inTexts = { ...rules, clickUrl: rendering.textClickUrl };
  const ofAddress = (url: string) => counted(withUtm(url, inTexts), inTexts);

  const { html, text } = renderBody();
  const fields = Object.entries(parts.fields ?? {}).map(([name, template]) => {
    const value = renderText(pathOf(`fields/${escapePointer(name)}`), template, data);
    // Other fields may be a part of an address, or a word that somebody else gives a meaning to.
    return [name, name === 'url' ? ofAddress(value.trim()) : value] as const;
  });
  return { subject, html, text, ...(fields.length > 0 && { fields: Object.fromEntries(fields) }) };

  function renderBody(): { html: string; text: string } {
    const document = renderDocument();
    const own = ofText('text', parts.text);
    if (document === null) return { html: '', text: withLine(inText(own, ofAddress)) };
    const { html, addresses, preheader } = document;
    const plain = addresses.map(({ use, url }) => (use === 'link' ? withUtm(url, rules) : url));
    const text =
      given(parts.text) === undefined
        ? textOf(filledIn(html, plain.map(escapeHtml), {}))
        : inText(own, (url) => withUtm(url, rules));
    const followed = plain.map((url, index) => (addresses[index]?.use === 'link' ? counted(url, rules) : url));
    const isPlaced = (url: string) => addresses.some((address) => address.url === url) || html.includes(url);
    const line = wayOut === null || isPlaced(wayOut.url) ? '' : wayOut.html;
    return {
      html: filledIn(html, followed.map(escapeHtml), {
        language: language === null ? '' : `lang="${escapeHtml(language.replaceAll('_', '-'))}"`,
        title: escapeHtml(subject),
        start: preheader === '' ? '' : hiddenPreheader(preheader),
        end: `${line}${rendering.pixelUrl === null ? '' : pixel(rendering.pixelUrl)}`,
      }),
      text: withLine(text),
    };
  }

  function renderDocument(): { html: string; addresses: Address[]; preheader: string } | null {
    const mjml = given(parts.mjml);
    const compiled = mjml === undefined ? null : rendering.mjml.get(pathOf('mjml'), mjml);
    const template = compiled?.html ?? given(parts.html);
    if (template === undefined) return null;
    const own = oneLine(ofText('preheader', parts.preheader));
    const preheader = own !== '' || compiled === null ? own : oneLine(ofText('mjml', compiled.preheader));
    return { ...renderHtml(pathOf(compiled ? 'mjml' : 'html'), template, data, compiled === null), preheader };
  }

  function withLine(text: string): string {
    if (wayOut === null || text.includes(wayOut.url)) return text;
    return `${text.trimEnd()}\n\n${wayOut.text}\n`;
  }
}

function campaignOf({ campaign, utm, data }: MessageRendering): AddressRules['utm'] {
  if (campaign === null) return null;
  const own = UTM_NAMES.flatMap((name) => {
    const template = utm[name];
    return template === undefined ? [] : [[name, oneLine(renderText(`tracking/utm/${name}`, template, data))]];
  });
  return { ...campaign, ...(Object.fromEntries(own) as AddressRules['utm']) };
}

/** Header fields are one line: a line break in a value must not begin another header. */
const oneLine = (text: string): string => text.replace(/[\s\u0085\u2028\u2029\p{Cc}]+/gu, ' ').trim();

/** Not `display: none`, which some mail programs do not load. */
const pixel = (url: string): string =>
  `<img src="${escapeHtml(url)}" width="1" height="1" alt="" style="border:0;width:1px;height:1px">`;
