/**
 * Messages rendered per second of CPU in one process: e-mails as marketers send them, with counted links, campaign parameters, preheader and
 * text part. Beside them, what it costs to read the template anew for each message, with the same libraries and nothing added.
 */
import { randomBytes } from 'node:crypto';
import { htmlToText } from 'html-to-text';
import { Liquid } from 'liquidjs';
import mjml2html from 'mjml';
import { Links } from '../../temporal/links.ts';
import { mjmlOf, type MessageSource } from '../../temporal/rendering/message.ts';
import { MjmlDocuments } from '../../temporal/rendering/mjml.ts';
import { renderMessage } from '../../temporal/rendering/rendering.ts';
import { times, type Row } from './table.ts';

const SECONDS = 5;
const WARM_UP_SECONDS = 1;
const PRODUCTS = 6;

export async function benchRendering(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [work, source] of Object.entries({ MJML: mjmlMail, HTML: htmlMail })) {
    const ours = await perSecond(await rendererOf(source));
    const peer = await perSecond(anew(source));
    rows.push({
      work: `messages rendered, ${work}, ${PRODUCTS} products, ${LINKS} links`,
      measured: `${ours.toFixed(0)}/s`,
      peer: `template read for each message: ${peer.toFixed(0)}/s`,
      ratio: times(ours / peer),
      budget: '≥ 1×',
      kept: ours >= peer,
    });
  }
  return rows;
}

const subject = '{{ customer.firstName }}, your cart is waiting';
const preheader = 'We have kept {{ items.size }} things for you';
const paragraph = 'They are still in stock, and delivery to {{ customer.city }} takes two days. '.repeat(4);

const mjmlMail: MessageSource = {
  subject,
  preheader,
  mjml: `<mjml><mj-head><mj-attributes><mj-all font-family="Helvetica, Arial" /></mj-attributes></mj-head><mj-body>
    <mj-section><mj-column><mj-image src="https://shop.example.com/logo.png" href="https://shop.example.com" /></mj-column></mj-section>
    <mj-section><mj-column><mj-text>Hello {{ customer.firstName }}, ${paragraph}</mj-text></mj-column></mj-section>
    {% for item in items %}<mj-section>
      <mj-column><mj-image src="{{ item.imageUrl }}" href="{{ item.url }}" /></mj-column>
      <mj-column><mj-text>{{ item.name }} {{ item.priceMinor | money: "EUR" }}</mj-text><mj-button href="{{ item.url }}">Buy</mj-button></mj-column>
    </mj-section>{% endfor %}
    <mj-section><mj-column><mj-button href="https://shop.example.com/cart">To the cart</mj-button><mj-text>${paragraph}</mj-text></mj-column></mj-section>
    </mj-body></mjml>`,
};

const htmlMail: MessageSource = {
  subject,
  preheader,
  html: `<html><body style="font-family:Helvetica"><a href="https://shop.example.com"><img src="https://shop.example.com/logo.png"></a>
    <p>Hello {{ customer.firstName }}, ${paragraph}</p><table>
    {% for item in items %}<tr><td><a href="{{ item.url }}"><img src="{{ item.imageUrl }}" alt=""></a></td>
      <td>{{ item.name }} {{ item.priceMinor | money: "EUR" }}<br><a href="{{ item.url }}">Buy</a></td></tr>{% endfor %}
    </table><p><a href="https://shop.example.com/cart">To the cart</a></p><p>${paragraph}</p></body></html>`,
};

/** The logo, two of each product, the cart. */
const LINKS = 2 + 2 * PRODUCTS;

const dataOf = (index: number) => ({
  customer: { firstName: `Ada ${index}`, city: 'Vienna' },
  items: Array.from({ length: PRODUCTS }, (_, item) => ({
    name: `Trail shoe & sock ${item}`,
    priceMinor: 4200 + index,
    url: `https://shop.example.com/products/${item}?customer=${index}`,
    imageUrl: `https://shop.example.com/images/${item}.jpg`,
  })),
});

type Renderer = (index: number) => unknown;

async function rendererOf(source: MessageSource): Promise<Renderer> {
  const signed = new Links(randomBytes(32), 'https://journeys.example.com');
  const mjml = await MjmlDocuments.compile(mjmlOf(source));
  return (index) => {
    const sendId = `snd_${String(index).padStart(20, '0')}`;
    return renderMessage({
      channel: 'email',
      source,
      data: dataOf(index),
      language: 'en',
      mjml,
      campaign: { source: 'journeys', medium: 'email', campaign: 'cart-recovery', content: 'Send First Reminder' },
      utm: {},
      ownUrl: signed.base,
      clickUrl: (url) => signed.click(sendId, url),
      textClickUrl: null,
      pixelUrl: signed.open(sendId),
      wayOut: { url: signed.unsubscribe('cus_1', 'email', sendId), html: '<p>Unsubscribe</p>', text: 'Unsubscribe' },
    });
  };
}

function anew(source: MessageSource): Renderer {
  const engine = new Liquid({ outputEscape: 'escape' });
  engine.registerFilter('money', (minor: number) => `€${(minor / 100).toFixed(2)}`);
  // Liquid between sections would be dropped: a loop's place is taken by mj-raw, as its manual says.
  const mjml = source.mjml?.replace(/\{% (end)?for[^%]*%\}/g, '<mj-raw>$&</mj-raw>');
  return async (index) => {
    const data = dataOf(index);
    const document = mjml === undefined ? (source.html ?? '') : (await mjml2html(mjml, { fonts: {} })).html;
    const html = String(engine.parseAndRenderSync(document, data));
    return [html, htmlToText(html), engine.parseAndRenderSync(source.subject ?? '', data)];
  };
}

async function perSecond(render: Renderer): Promise<number> {
  await timed(render, WARM_UP_SECONDS);
  return await timed(render, SECONDS);
}

/** @param seconds of CPU: who else uses the machine does not matter */
async function timed(render: Renderer, seconds: number): Promise<number> {
  const start = process.cpuUsage();
  let count = 0;
  let used = 0;
  while (used < seconds) {
    for (let index = 0; index < 20; index++) await render(count++);
    const { user, system } = process.cpuUsage(start);
    used = (user + system) / 1e6;
  }
  return count / used;
}
