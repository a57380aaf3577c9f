/** MJML: Liquid survives compiling wherever it stands; what is wrong is said with its element and line; no file is reached. */
import { describe, expect, it } from 'vitest';
import { problemOf, render } from './rendered.ts';

const mail = (body: string, head = '') => `<mjml><mj-head>${head}</mj-head><mj-body>${body}</mj-body></mjml>`;
const text = (content: string) => `<mj-section><mj-column><mj-text>${content}</mj-text></mj-column></mj-section>`;
const items = [{ name: 'Shoe & sock', url: 'https://shop.example.com/?a=1&b=2', sold: true }, { name: 'Lace' }];
const data = { customer: { firstName: 'Ada <3', tint: '#ff0000' }, items, vip: false };

describe('MJML', () => {
  it('keeps Liquid between sections and columns, in texts and in attributes', async () => {
    const source = mail(`
      {% assign greeting = "Hi" %}
      {% for item in items %}
        <mj-section>
          {% if item.sold %}<mj-column><mj-text>Gone: {{ item.name }}</mj-text></mj-column>{% endif %}
          <mj-column>
            {% if item.url %}<mj-button href="{{ item.url }}" background-color="{{ customer.tint }}">{{ greeting }}</mj-button>{% endif %}
            <mj-table>{% for n in (1..2) %}<tr><td>{{ n }}: {{ item.name }}</td></tr>{% endfor %}</mj-table>
          </mj-column>
        </mj-section>
      {% endfor %}
      {% if vip %}<mj-section><mj-column><mj-text>Secret</mj-text></mj-column></mj-section>{% endif %}`);
    const { html, text } = await render({ mjml: source }, { data });
    expect(html.match(/Gone: [^<]+/g)).toEqual(['Gone: Shoe &amp; sock']);
    expect(html.match(/<td>\d: [^<]+/g)).toEqual(
      [1, 2].map((n) => `<td>${n}: Shoe &amp; sock`).concat(['<td>1: Lace', '<td>2: Lace']),
    );
    expect(html.match(/<a\s+href="[^"]+"/g)).toEqual([
      expect.stringContaining('href="https://shop.example.com/?a=1&amp;b=2"'),
    ]);
    expect(html).toContain('bgcolor="#ff0000"');
    expect(html).not.toMatch(/Secret|liquid|mj-raw|\{[{%]/);
    expect(text).toContain('Hi [https://shop.example.com/?a=1&b=2]');
  });

  it('keeps Liquid around the document and in mj-raw, mj-style and mj-title', async () => {
    const source = `{% assign who = customer.firstName %}\n${mail(
      `<mj-raw><!-- {{ who }} --></mj-raw>${text('x')}`,
      '<mj-title>{{ who }}</mj-title><mj-style>.a { color: {{ customer.tint }} }</mj-style>',
    )}`;
    const { html } = await render({ mjml: source }, { data });
    expect(html).toContain('<title>Ada &lt;3</title>');
    expect(html).toContain('.a { color: #ff0000 }');
    expect(html).toContain('<!-- Ada &lt;3 -->');
  });

  it('leaves what raw and comment hide', async () => {
    const source = mail(`{% comment %}<mj-nonsense>{% endcomment %}${text('{% raw %}{{ x }}{% endraw %}')}`);
    expect((await render({ mjml: source }, { data })).text).toBe('{{ x }}');
  });

  it('fetches no font, and has the language of a translation', async () => {
    const { html } = await render({ mjml: mail(text('x')) });
    expect(html).not.toMatch(/googleapis|lang=/);
    const translations = { de: { mjml: mail(text('Hallo')) } };
    const german = await render({ mjml: mail(text('Hello')), translations }, { language: 'de-AT' });
    expect(german.html).toMatch(/<html\s+lang="de"/);
    expect(german.text).toBe('Hallo');
  });

  it.each([
    [
      mail('\n<mj-section>\n<mj-column><mj-foo/></mj-column></mj-section>'),
      /^mjml is not valid MJML \(line 3, mj-foo\): Element mj-foo doesn't exist/,
    ],
    [mail('<mj-text>x</mj-text>'), /\(line 1, mj-text\): mj-text cannot be used inside mj-body/],
    [
      mail(`{% if\n vip %}\n${text('x')}{% endif %}<mj-section colour="{{ x }}"></mj-section>`),
      /\(line 3, mj-section\): Attribute colour is illegal/,
    ],
    [
      mail('<mj-section><mj-column><mj-image width="{{ w }}" /></mj-column></mj-section>'),
      /\(line 1, mj-image\): Attribute width has invalid value: \{\{ w \}\}/,
    ],
    [
      mail('\n<mj-include path="/etc/passwd" type="html" />'),
      /^mjml includes another file \(line 2\), which is not possible/,
    ],
    [
      mail(
        '<mj-section><mj-column><mj-carousel>{% if vip %}<mj-carousel-image src="x" />{% endif %}</mj-carousel></mj-column></mj-section>',
      ),
      /Liquid between the elements of mj-carousel \(line 1\)/,
    ],
    ['<p>Hello</p>', /^mjml is not valid MJML: .*It begins with <mjml><mj-body>/],
    [mail('<mj-wrapper>'.repeat(5000)), /^mjml is not valid MJML: its elements are nested too deep/],
    [mail(text('x'.repeat(100_001))), /^mjml is too long: 1\d{5} characters/],
    [mail(text('{{ customer.frst }}')), /^mjml uses customer.frst, which this item does not have/],
    [mail(text('{% if vip %}')), /^mjml is not valid Liquid: .*not closed/],
  ])('%# that is wrong is refused with its place', async (mjml, message) => {
    expect(await problemOf({ mjml }, { data })).toMatch(message);
  });

  it('is refused beside HTML', async () => {
    expect(await problemOf({ mjml: mail(''), html: '<p>x</p>' })).toBe(
      'mjml is given, and so is the HTML. Keep one of the two',
    );
  });
});

describe('mj-preview', () => {
  const source = mail(text('Hello'), '<mj-preview>Left &amp; right, {{ customer.firstName }}</mj-preview>');

  it('is the preheader, and not said in the text', async () => {
    const { html, text } = await render({ mjml: source }, { data });
    expect(html).toMatch(/<body[^>]*><div style="display:none[^"]+">Left &amp; right, Ada &lt;3&#847;/);
    expect(text).toBe('Hello');
  });

  it('gives way to a preheader of the message', async () => {
    const { html } = await render({ mjml: source, preheader: 'Mine' }, { data });
    expect(html).toMatch(/<body[^>]*><div style="[^"]+">Mine&#847;/);
    expect(html).not.toContain('Left');
  });
});
