/** Messages: Liquid over the item; what is escaped, what is refused, and in which words. */
import { describe, expect, it } from 'vitest';
import { bodyOf, problemOf, render } from './rendered.ts';

describe('a message', () => {
  it('escapes values in HTML, and nowhere else', async () => {
    const source = 'Hi {{ customer.firstName }}';
    const { subject, html, text } = await render({ subject: source, html: `<b>${source}</b>`, text: source });
    expect([subject, bodyOf(html), text]).toEqual(['Hi Ada <3', '<b>Hi Ada &lt;3</b>', 'Hi Ada <3']);
    expect(bodyOf((await render({ html: '{{ "<i>x</i>" | raw }}' })).html)).toBe('<i>x</i>');
  });

  it('has a subject of one line, whatever a value holds', async () => {
    expect((await render({ subject: 'a\r\nBcc: {{ "x\u2028y" }}\n', text: 'x' })).subject).toBe('a Bcc: x y');
  });

  it('has a text made from the HTML when none is given', async () => {
    const html =
      '<style>p {}</style><h1>Your cart</h1><p>{{ customer.firstName }}</p><a href="https://shop.example.com/c">Back</a><img src="x.png">';
    expect((await render({ html })).text).toBe('Your cart\n\nAda <3\n\nBack [https://shop.example.com/c]');
    expect((await render({ html, text: 'own' })).text).toBe('own');
    expect(await render({ text: 'only text' })).toEqual({ subject: 'Hello', html: '', text: 'only text' });
  });

  it('loops, falls back, and shows money in minor units', async () => {
    const text =
      '{% for item in run.entry.properties.items %}{{ item.name }} {{ item.priceMinor | money: run.entry.properties.currency }}{% endfor %} ' +
      '{{ customer.lastName | default: "friend" }}{% if customer.vip %}!{% endif %}{{ customer.nickname }}';
    expect((await render({ text })).text).toBe('Shoe & sock €42.00 friend');
    expect((await render({ text: '{{ 1500 | money: "JPY" }} {{ 1500 | money: "KWD", "de" }}' })).text).toMatch(
      /^¥1,500 1,500\sKWD$/,
    );
  });

  it('reaches neither prototypes nor files', async () => {
    expect(await problemOf({ text: '{{ customer.constructor.name }}' })).toMatch(/^text uses customer.constructor/);
    expect(await problemOf({ text: '{% include "/etc/passwd" %}' })).toMatch(/^text includes another file \(line 1\)/);
  });
});

describe('a template that is wrong', () => {
  it.each([
    [
      { subject: '{{ customer.frstName }}', text: 'x' },
      /^subject uses customer.frstName \(line 1\), .*default: "…" \}\}$/,
    ],
    [{ html: 'a\n\n{{ cart.items }}' }, /^html uses cart \(line 3\), which this item does not have/],
    [{ text: '{{ customer.id | shout }}' }, /^text uses the filter "shout" \(line 1\), which does not exist/],
    [{ html: '{% if customer.id %}' }, /^html is not valid Liquid \(line 1\): .*not closed/],
    [{ html: '{{ customer.id | money: "EUR" }}' }, /^html .*money needs an amount in minor units and a currency/],
    [{ text: '{{ 1 | money: "Euro" }}' }, /money needs/],
    [{ text: 'x'.repeat(500_001) }, /^text is too long/],
    [{ text: '{% for i in (1..99999999) %}x{% endfor %}' }, /^text takes too much to render/],
    [{ text: '{{ 1 }}'.repeat(5001) }, /^text is too long/],
    [{ html: '{{ 1 }}'.repeat(5001) }, /^html is too long/],
    [
      { text: '{% for i in (1..9999) %}{% for j in (1..9999) %}{% assign x = i | times: j %}{% endfor %}{% endfor %}' },
      /^text takes too much/,
    ],
    [{ subject: ' {{ customer.nickname }}', text: 'x' }, /^subject is empty for this customer/],
    [{}, /^html is empty, and so are MJML and text/],
  ])('%# says what and where', async (parts, message) => {
    expect(await problemOf(parts)).toMatch(message);
  });
});
