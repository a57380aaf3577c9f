/** Messages: Liquid over the item; what is escaped, what is refused, and in which words. */
import { describe, expect, it } from 'vitest';
import { RenderProblem, renderMessage } from '../../temporal/rendering.ts';

const data = {
  customer: { id: 'cus_1', firstName: 'Ada <3', email: 'ada@example.com', nickname: null },
  run: { entry: { properties: { currency: 'EUR', items: [{ name: 'Shoe & sock', priceMinor: 4200 }] } } },
};
const render = (parts: { subject?: string; html?: string; text?: string }) =>
  renderMessage({ subject: 'Hello', html: '', text: '', data, ...parts });
const problemOf = (parts: Parameters<typeof render>[0]) => {
  try {
    render(parts);
  } catch (error) {
    if (error instanceof RenderProblem) return `${error.part} ${error.message}`;
    throw error;
  }
  return null;
};

describe('a message', () => {
  it('escapes values in HTML, and nowhere else', () => {
    const source = 'Hi {{ customer.firstName }}';
    expect(render({ subject: source, html: `<b>${source}</b>`, text: source })).toEqual({
      subject: 'Hi Ada <3',
      html: '<b>Hi Ada &lt;3</b>',
      text: 'Hi Ada <3',
    });
    expect(render({ html: '{{ "<i>x</i>" | raw }}' }).html).toBe('<i>x</i>');
  });

  it('has a subject of one line, whatever a value holds', () => {
    expect(render({ subject: 'a\r\nBcc: {{ "x\u2028y" }}\n', text: 'x' }).subject).toBe('a Bcc: x y');
  });

  it('has a text made from the HTML when none is given', () => {
    const html =
      '<style>p {}</style><h1>Your cart</h1><p>{{ customer.firstName }}</p><a href="https://shop.example.com/c">Back</a><img src="x.png">';
    expect(render({ html }).text).toBe('Your cart\n\nAda <3\n\nBack [https://shop.example.com/c]');
    expect(render({ html, text: 'own' }).text).toBe('own');
    expect(render({ text: 'only text' })).toEqual({ subject: 'Hello', html: '', text: 'only text' });
  });

  it('loops, falls back, and shows money in minor units', () => {
    const text =
      '{% for item in run.entry.properties.items %}{{ item.name }} {{ item.priceMinor | money: run.entry.properties.currency }}{% endfor %} ' +
      '{{ customer.lastName | default: "friend" }}{% if customer.vip %}!{% endif %}{{ customer.nickname }}';
    expect(render({ text }).text).toBe('Shoe & sock €42.00 friend');
    expect(render({ text: '{{ 1500 | money: "JPY" }} {{ 1500 | money: "KWD", "de" }}' }).text).toMatch(
      /^¥1,500 1,500\sKWD$/,
    );
  });

  it('reaches neither prototypes nor files', () => {
    expect(problemOf({ text: '{{ customer.constructor.name }}' })).toMatch(/^text uses customer.constructor/);
    expect(problemOf({ text: '{% include "/etc/passwd" %}' })).toMatch(/^text includes another file \(line 1\)/);
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
    [
      { text: '{% for i in (1..9999) %}{% for j in (1..9999) %}{% assign x = i | times: j %}{% endfor %}{% endfor %}' },
      /^text takes too much/,
    ],
    [{ subject: ' {{ customer.nickname }}', text: 'x' }, /^subject is empty for this customer/],
    [{}, /^html is empty, and so is the text/],
  ])('%# says what and where', (parts, message) => {
    expect(problemOf(parts)).toMatch(message);
  });
});
