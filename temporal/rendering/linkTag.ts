/**
 * The Liquid tag that stands around every address in an HTML template once it is prepared (htmlTemplate.ts): it hands the customer's
 * address to whoever renders, who decides what becomes of it, and leaves a mark in its place.
 */
import {
  Tag,
  type Context,
  type Emitter,
  type Liquid,
  type Parser,
  type TagToken,
  type Template,
  type TopLevelToken,
} from 'liquidjs';
import { unescapeHtml } from '../domain/htmlText.ts';
import { mark } from './marks.ts';

/** `shown`: of images and the like. */
export type AddressUse = 'link' | 'shown';

export interface Address {
  use: AddressUse;
  /** As a browser reads it. */
  url: string;
}

const TAG = 'message_address';
const collected = new WeakMap<object, Address[]>();

export const addressTag = (use: AddressUse, liquid: string): string => `{% ${TAG} ${use} %}${liquid}{% end${TAG} %}`;

/** @param scope what the template will be rendered over @returns a list that fills with the addresses, in the order of their marks */
export function collectAddresses(scope: object): Address[] {
  const addresses: Address[] = [];
  collected.set(scope, addresses);
  return addresses;
}

class AddressTag extends Tag {
  readonly #inside: Template[] = [];
  readonly #use: AddressUse;

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid);
    this.#use = token.args.trim() === 'link' ? 'link' : 'shown';
    const stream = parser.parseStream(remaining);
    stream
      .on(`tag:end${TAG}`, () => {
        stream.stop();
      })
      .on('template', (template: Template) => {
        this.#inside.push(template);
      })
      .on('end', () => {
        throw new Error(`tag ${token.getText()} not closed`);
      });
    stream.start();
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
    const html = yield this.liquid.renderer.renderTemplates(this.#inside, context);
    const addresses = collected.get(context.environments);
    const url = asRead(unescapeHtml(html));
    const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
    const isImage = this.#use === 'shown' && /^data:image\//i.test(url);
    if (scheme !== undefined && EXECUTABLE.has(scheme) && !isImage) throw new RefusedAddress(scheme);
    if (addresses) emitter.write(mark(addresses.push({ use: this.#use, url }) - 1));
  }
}

/** An address would run as code in a mail program that lets it. */
export class RefusedAddress extends Error {
  constructor(scheme: string) {
    super(`has a link that begins with "${scheme}:", which no message may have. Look at where the item has it from`);
  }
}

const EXECUTABLE = new Set(['javascript', 'vbscript', 'data']);
const SCHEME = /^([a-z][a-z\d+.-]*):/i;

/** WHATWG URL, "basic URL parser": tabs and line breaks anywhere, controls and spaces at both ends mean nothing. */
const asRead = (url: string): string => url.replace(/[\t\n\r]/g, '').replace(/^[\0-\x20]+|[\0-\x20]+$/g, '');

export function addAddressTag(engine: Liquid): Liquid {
  engine.registerTag(TAG, AddressTag);
  return engine;
}
