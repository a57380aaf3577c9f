/** Addresses in messages: campaign parameters, counted clicks, and values that would break out of their place. */
import { describe, expect, it } from 'vitest';
import { bodyOf, problemOf, render } from './rendered.ts';

const campaign = { source: 'journeys', medium: 'email', campaign: 'cart & more', content: 'First e-mail' };
const UTM = 'utm_source=journeys&utm_medium=email&utm_campaign=cart%20%26%20more&utm_content=First%20e-mail';
const clickUrl = (url: string) => `https://journeys.example.com/c/${url.length}`;

const hrefs = (html: string) =>
  [...html.matchAll(/href=["']?([^"'\s>]*)/g)].map(([, url]) => url?.replaceAll('&amp;', '&'));

describe('campaign parameters', () => {
  it.each([
    ['https://shop.example.com', `https://shop.example.com?${UTM}`],
    ['https://shop.example.com/a?b=1#c', `https://shop.example.com/a?b=1&${UTM}#c`],
    ['HTTP://shop.example.com/?', `HTTP://shop.example.com/?${UTM}`],
    ['https://shop.example.com/?utm_source=x', 'https://shop.example.com/?utm_source=x'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
    ['tel:+43123', 'tel:+43123'],
    ['#top', '#top'],
    ['', ''],
    ['https://journeys.example.com/u/token.sig', 'https://journeys.example.com/u/token.sig'],
    ['https://journeys.example.com/p/token.sig', 'https://journeys.example.com/p/token.sig'],
    ['https://journeys.example.com/d/token.sig', 'https://journeys.example.com/d/token.sig'],
  ])('%s', async (url, expected) => {
    const { html } = await render({ html: `<a href="${url}">x</a>` }, { campaign });
    expect(hrefs(html)).toEqual([expected]);
  });

  it('are in the text as well, and in a field called url', async () => {
    const source = {
      html: '<a href="https://shop.example.com">Shop</a>',
      fields: { url: ' https://shop.example.com ', other: 'https://shop.example.com' },
    };
    const { text, fields } = await render(source, { campaign });
    expect(text).toBe(`Shop [https://shop.example.com?${UTM}]`);
    expect(fields).toEqual({ url: `https://shop.example.com?${UTM}`, other: 'https://shop.example.com' });
    const sms = await render(
      { text: 'See https://shop.example.com/a. Or (https://shop.example.com/b)!' },
      { channel: 'sms', campaign: { medium: 'sms' } },
    );
    expect(sms.text).toBe(
      'See https://shop.example.com/a?utm_medium=sms. Or (https://shop.example.com/b?utm_medium=sms)!',
    );
  });

  it('are what the message says, rendered; an empty one is left out', async () => {
    const utm = { campaign: '{{ customer.id }}', content: '', term: 'x' };
    const { html } = await render({ html: '<a href="https://shop.example.com">x</a>' }, { campaign, utm });
    expect(hrefs(html)).toEqual([
      'https://shop.example.com?utm_source=journeys&utm_medium=email&utm_campaign=cus_1&utm_term=x',
    ]);
    expect(await problemOf({ text: 'x' }, { campaign, utm: { term: '{{ nope }}' } })).toMatch(
      /^tracking\/utm\/term uses nope/,
    );
  });
});

describe('clicks', () => {
  it('are counted of links in HTML: of a, area, and of buttons for Outlook', async () => {
    const html =
      '<a href="https://a.example.com">a</a><map><area href=\'https://b.example.com\'></map><a href=https://c.example.com>c</a>' +
      '<!--[if mso]><v:roundrect href="https://d.example.com"></v:roundrect><![endif]--><img src="https://e.example.com/i.png">' +
      '<a href="https://journeys.example.com/u/t">out</a><a href="mailto:a@example.com">m</a>';
    const rendered = await render({ html }, { clickUrl });
    expect(hrefs(rendered.html)).toEqual([
      ...Array.from({ length: 4 }, () => 'https://journeys.example.com/c/21'),
      'https://journeys.example.com/u/t',
      'mailto:a@example.com',
    ]);
    expect(rendered.html).toContain('src="https://e.example.com/i.png"');
    // Whoever reads the text sees where it leads.
    expect(rendered.text).toContain('a [https://a.example.com]');
  });

  it('are counted with the campaign, and by customer within loops and conditions', async () => {
    const html =
      '{% for p in list %}<a {% if p.big %}class="big"{% endif %} href="{% if p.url %}{{ p.url }}{% else %}https://x.example.com{% endif %}">{{ p.n }}</a>{% endfor %}';
    const data = { list: [{ n: 1, url: 'https://shop.example.com/?a=1&b="2"', big: true }, { n: 2 }] };
    const seen: string[] = [];
    const { html: rendered } = await render(
      { html },
      { data, campaign: { source: 's' }, clickUrl: (url) => `https://j.example.com/c/${seen.push(url)}` },
    );
    expect(seen).toEqual(['https://shop.example.com/?a=1&b="2"&utm_source=s', 'https://x.example.com?utm_source=s']);
    expect(bodyOf(rendered)).toBe(
      '<a class="big" href="https://j.example.com/c/1">1</a><a  href="https://j.example.com/c/2">2</a>',
    );
  });

  it('are not counted where the address would get too long', async () => {
    const long = `https://shop.example.com/${'x'.repeat(1900)}`;
    const { html } = await render(
      { html: `<a href="${long}">x</a>` },
      { clickUrl: (url) => `https://journeys.example.com/c/${url}${url}` },
    );
    expect(hrefs(html)).toEqual([long]);
  });

  it('in a text are counted only where texts are to be', async () => {
    const text = 'See https://shop.example.com.';
    expect((await render({ text }, { channel: 'sms', clickUrl })).text).toBe(text);
    expect((await render({ text }, { channel: 'sms', textClickUrl: clickUrl })).text).toBe(
      'See https://journeys.example.com/c/24.',
    );
  });

  it('leave links alone that are only shown as text, or hidden by raw and comment', async () => {
    const html =
      '{% raw %}<a href="https://a.example.com">{{ x }}</a>{% endraw %}{% comment %}<a href="https://b.example.com">{% endcomment %}';
    expect(bodyOf((await render({ html }, { clickUrl })).html)).toBe('<a href="https://a.example.com">{{ x }}</a>');
  });

  it('are counted of links that are put together first', async () => {
    const html = '{% capture cta %}<a href="{{ url }}">Buy</a>{% endcapture %}{{ cta | raw }}';
    const { html: rendered } = await render({ html }, { clickUrl, data: { url: 'https://a.example.com' } });
    expect(bodyOf(rendered)).toBe('<a href="https://journeys.example.com/c/21">Buy</a>');
  });

  it('a link whose condition ends outside of it stays as it is', async () => {
    const html = '<a href="{% if a %}https://a.example.com" class="x{% endif %}">x</a>';
    const { html: rendered } = await render({ html }, { clickUrl, data: { a: true } });
    expect(bodyOf(rendered)).toBe('<a href="https://a.example.com" class="x">x</a>');
  });
});

describe('hostile values', () => {
  const hostile = `"><script>alert('1')</script>\r\nBcc: x@example.com`;
  const data = { name: hostile };

  it('stay text in HTML, in quoted and unquoted attributes, and one line in the subject', async () => {
    const { subject, html } = await render(
      {
        subject: 'Hi {{ name }}',
        html: '<p title="{{ name }}" class={{ name }}>{{ name }}</p>',
        preheader: '{{ name }}',
      },
      { data },
    );
    expect(html).not.toMatch(/<script/);
    const escaped = '(&#34;|&quot;)&gt;&lt;script&gt;alert\\(&#39;1&#39;\\)&lt;/script&gt;\\s+Bcc: x@example.com';
    expect(html).toMatch(new RegExp(`<p title="${escaped}" class="${escaped}">${escaped}</p>`));
    expect(subject).toBe(`Hi "><script>alert('1')</script> Bcc: x@example.com`);
  });

  it.each(['javascript:alert(1)', ' JaVa\tScript:alert(1)', 'vbscript:x', 'data:text/html,<b>', '\u0001javascript:x'])(
    '%j is refused as an address',
    async (url) => {
      const message = /^html has a link that begins with "(javascript|vbscript|data):", which no message may have/;
      expect(await problemOf({ html: '<a href="{{ url }}">x</a>' }, { data: { url } })).toMatch(message);
      expect(await problemOf({ html: '<form action="{{ url }}"></form>' }, { data: { url } })).toMatch(message);
    },
  );

  it('an embedded image is none', async () => {
    const image = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
    const { html } = await render({ html: `<img src="${image}"><img src="{{ image }}">` }, { data: { image } });
    expect(bodyOf(html)).toBe(`<img src="${image}"><img src="${image}">`);
    expect(await problemOf({ html: '<a href="{{ image }}">x</a>' }, { data: { image } })).toMatch(
      /begins with "data:"/,
    );
  });

  it('cannot stand for a link or a part of ours', async () => {
    const { html } = await render(
      { html: '<a href="https://a.example.com">{{ n }}</a>' },
      { data: { n: '[0] [x:0] \uFDD00\uFDD1' }, clickUrl },
    );
    expect(bodyOf(html)).toBe('<a href="https://journeys.example.com/c/21">[0] [x:0] \uFDD00\uFDD1</a>');
  });
});
