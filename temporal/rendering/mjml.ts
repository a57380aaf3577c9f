/**
 * MJML documents compiled to HTML, each once; Liquid in them is left for later (mjmlLiquid.ts). Compiling takes milliseconds of
 * this process (6 ms for a usual mail, 300 for the longest), so it happens before a transaction and never in one.
 */
import { setImmediate } from 'node:timers/promises';
import { mark } from './marks.ts';
import { protectedMjml } from './mjmlLiquid.ts';
import { RenderProblem } from './renderProblem.ts';
import { TemplateCache } from './templateCache.ts';

export interface CompiledMjml {
  /** Liquid. */
  html: string;
  /** Of `mj-preview`: Liquid, as text. */
  preheader: string;
}

type Compiled = CompiledMjml | { problem: string };

/** Characters. HTML made of it is several times as long, and Gmail cuts it at 102 kB. */
const LONGEST = 100_000;

const compiled = new TemplateCache<Compiled>();

/** Documents of one batch, by their source. */
export class MjmlDocuments {
  readonly #bySource = new Map<string, Compiled>();

  /** Others get their turn between two documents. */
  static async compile(sources: Iterable<string>): Promise<MjmlDocuments> {
    const documents = new MjmlDocuments();
    for (const source of new Set(sources)) {
      const known = compiled.find(source);
      documents.#bySource.set(source, known ?? (await compile(source)));
    }
    return documents;
  }

  /** @param part for the problem @throws RenderProblem */
  get(part: string, source: string): CompiledMjml {
    const found = this.#bySource.get(source);
    if (!found) throw new Error('This MJML has not been compiled.');
    if ('problem' in found) throw new RenderProblem(part, found.problem);
    return found;
  }
}

async function compile(source: string): Promise<Compiled> {
  await setImmediate();
  const made = await compiledOf(source);
  compiled.add(source, made);
  return made;
}

async function compiledOf(source: string): Promise<Compiled> {
  if (source.length > LONGEST) {
    return { problem: `is too long: ${source.length} characters of MJML, at most ${LONGEST} are taken` };
  }
  const guarded = protectedMjml(source);
  if ('problem' in guarded) return guarded;
  try {
    const { default: mjml2html } = await loaded();
    const { html, errors } = await mjml2html(guarded.mjml, {
      validationLevel: 'soft',
      ignoreIncludes: true,
      keepComments: false,
      // MJML's own list would fetch its standard font from Google for every reader, unasked.
      fonts: {},
    });
    const [error] = errors.filter((found) => !guarded.isFine(found.message));
    if (error) {
      const place = `line ${guarded.lineOf(error.line)}, ${error.tagName}`;
      return { problem: `is not valid MJML (${place}): ${guarded.restored(error.message)}` };
    }
    // MJML's word for a language that is not known.
    const document = html.replaceAll('lang="und"', mark('language'));
    return { html: guarded.restored(document), preheader: guarded.preheader };
  } catch (error) {
    const what = error instanceof RangeError ? 'its elements are nested too deep' : (error as Error).message;
    return { problem: `is not valid MJML: ${what}. It begins with <mjml><mj-body>; see https://documentation.mjml.io` };
  }
}

/** It takes 80 MB and half a second, which those without MJML are spared. */
const loaded = () => import('mjml');
