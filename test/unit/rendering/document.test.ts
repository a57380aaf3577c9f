/** What every e-mail gets around what its template says: a whole document, a preheader, dark mode where it is safe, the pixel. */
import { describe, expect, it } from 'vitest';
import { bodyOf, data, problemOf, render } from './rendered.ts';

const SCHEMES =
  '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">';

describe('a document', () => {
  it('is made around a fragment, titled as the subject', async () => {
    const { html } = await render({ subject: 'A <b>', html: '<p>Hello</p>' });
    expect(html).toBe(
      '<!doctype html><html ><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
        `${SCHEMES}<title>A &lt;b&gt;</title></head><body><p>Hello</p></body></html>`,
    );
  });

  it('has the language of the translation that it is', async () => {
    const translations = { 'pt-BR': { html: '<p>Oi</p>' } };
    const { html } = await render({ html: '<p>Hi</p>', translations }, { language: 'pt_br' });
    expect(html).toMatch(/^<!doctype html><html lang="pt-BR">.*<p>Oi<\/p>/);
  });

  it('stays as the template has it', async () => {
    const html =
      '<!DOCTYPE html>\n<html lang="en">\n<HEAD><title>t</title></HEAD>\n<body bgcolor=white>\n<p>Hello</p>\n</body>\n</html>';
    expect((await render({ html })).html).toBe(html);
  });

  // Apple Mail heeds prefers-color-scheme only with these (https://www.litmus.com/blog/the-ultimate-guide-to-dark-mode-for-email-marketers).
  it('says that it looks well in the dark only if it has rules for that, or no colours', async () => {
    const dark = '<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style>';
    const of = async (html: string) => (await render({ html })).html;
    expect(await of(`<html><head>${dark}</head><body></body></html>`)).toContain(`<head>${SCHEMES}<style>`);
    expect(await of(`<html><body>${dark}</body></html>`)).toContain(`<html><head>${SCHEMES}</head><body>`);
    expect(await of('<p style="color:#000">x</p>')).not.toContain('color-scheme');
    expect(await of('<html><head></head><body>x</body></html>')).not.toContain('color-scheme');
    const own = `<html><head><meta name="color-scheme" content="light only">${dark}</head><body></body></html>`;
    expect(await of(own)).toBe(own);
  });

  it('keeps the lines of the template in what is said about it', async () => {
    expect(await problemOf({ html: '<a href="https://a.example.com">x</a>\n{{ nope }}' })).toMatch(
      /^html uses nope \(line 2\)/,
    );
  });
});

describe('a template of unusual shape', () => {
  it('that is nested without end is rendered, its text as far as anybody could have meant it', async () => {
    const html = `<p>Hello</p>${'<div>'.repeat(50_000)}deep`;
    expect((await render({ html })).text).toBe('Hello');
    const liquid = `${'{% if customer %}'.repeat(5_000)}x`;
    expect(await problemOf({ html: liquid })).toMatch(/^html is not valid Liquid/);
  });

  it.each([
    '<',
    '<a href=',
    '<a href="',
    '<!--',
    '<a href="https://a.example.com"',
    '</',
    '<![CDATA[',
    '<a href="x" {{ customer.id }}>',
    '<style>a{',
    '&#',
    "<p title='{{ customer.id }}",
  ])('%s goes out as it is', async (html) => {
    const { html: whole } = await render({ html: `<p>x</p>${html}` }, { wayOut: null, clickUrl: (url) => url });
    expect(whole).toContain(
      `<p>x</p>${html.replaceAll('{{ customer.id }}', 'cus_1').replace('href=cus_1', 'href="cus_1"')}`,
    );
  });
});

describe('a preheader', () => {
  it('is hidden at the start of the body, padded, and no part of the text', async () => {
    const { html, text } = await render(
      { html: '<p>Hello</p>', preheader: 'For {{ customer.firstName }}\nnow' },
      { data },
    );
    expect(bodyOf(html)).toMatch(
      /^<div style="display:none;[^"]+">For Ada &lt;3 now(&#847;&zwnj;&nbsp;&#8199;&shy;){40}<\/div><p>/,
    );
    expect(text).toBe('Hello');
  });

  it('is not there when it is empty, and an error when it cannot be rendered', async () => {
    expect(bodyOf((await render({ html: '<p>x</p>', preheader: ' {{ customer.nickname }} ' })).html)).toBe('<p>x</p>');
    expect(await problemOf({ html: '<p>x</p>', preheader: '{{ nope }}' })).toMatch(/^preheader uses nope/);
  });

  it('that a template hides itself is no part of the text either', async () => {
    const html = '<div style="display: none">Hidden</div><div style="color:red;display:none">Too</div><p>Hello</p>';
    expect((await render({ html })).text).toBe('Hello');
  });
});

describe('the pixel and the way out', () => {
  const wayOut = {
    url: 'https://journeys.example.com/u/t',
    html: '<p>Out</p>',
    text: 'Out: https://journeys.example.com/u/t',
  };
  const more = { pixelUrl: 'https://journeys.example.com/o/t', wayOut };

  it('stand at the end of the body, of documents of every kind', async () => {
    const end = /<p>Out<\/p><img src="https:\/\/journeys.example.com\/o\/t" width="1" height="1" alt="" style="[^"]+">/;
    for (const html of ['<p>x</p>', '<html><body><p>x</p></body></html>', '<p>x</p></body>', '<html><p>x</p></html>']) {
      const rendered = await render({ html }, more);
      expect(rendered.html).toMatch(new RegExp(`<p>x</p>${end.source}(</body>)?(</html>)?`));
      expect(rendered.text).toBe(`x\n\n${wayOut.text}\n`);
    }
    const mjml = '<mjml><mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>';
    expect((await render({ mjml }, more)).html).toMatch(new RegExp(`${end.source}</body>\\s*</html>\\s*$`));
  });

  it('a part that has the way out gets no line', async () => {
    const placed = await render(
      { html: '<a href="{{ out }}">No more</a>', text: 'x' },
      { ...more, data: { out: wayOut.url } },
    );
    expect(placed.html).not.toContain('<p>Out</p>');
    expect(placed.text).toBe(`x\n\n${wayOut.text}\n`);
    const raw = await render({ html: '{{ out | raw }}' }, { ...more, data: { out: `<a href="${wayOut.url}">x</a>` } });
    expect(raw.html).not.toContain('<p>Out</p>');
  });
});
