/** `POST /v1/messages/preview` on both stores, and what the gate says of messages that cannot be rendered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './stores.ts';
import { TestService, type Answer } from './service.ts';
import { authorize, enter, publishTrigger, sendItem } from './travellers.ts';

const MJML = (body: string) =>
  `<mjml><mj-body><mj-section><mj-column>${body}</mj-column></mj-section></mj-body></mjml>`;

describe.each(DIALECTS)('previews of messages on %s', (dialect) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.create(dialect);
    await publishTrigger(service, 'cart');
  });
  afterAll(() => service.close());

  const preview = async (message: object, more: object = {}): Promise<Answer['body']> => {
    const answer = await service.call('POST', '/v1/messages/preview', { channel: 'email', message, ...more });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };

  it('shows all parts to a made-up customer with a cart', async () => {
    const { message, problems } = await preview({
      subject: '{{ customer.firstName }}, your {{ run.entry.properties.items[0].name }}',
      preheader: 'Still there',
      mjml: MJML('<mj-text>Hi</mj-text><mj-button href="{{ run.entry.properties.url }}">Cart</mj-button>'),
      fields: { note: '{{ run.entry.properties.valueMinor | money: "EUR" }}' },
    });
    expect(problems).toEqual([]);
    expect(message.subject).toBe('Ada, your Trail shoe');
    expect(message.html).toContain('>Still there&#847;');
    expect(message.html).toContain(
      'href="https://shop.example.com/cart/cart-test?utm_source=journeys&amp;utm_medium=email&amp;utm_campaign=preview&amp;utm_content=Preview"',
    );
    expect(message.html).not.toMatch(/\/[co]\/[\w-]+\./);
    expect(message.text).toMatch(/^Hi\n\nCart \[https:\/\/shop[^\]]+\]\n\nUnsubscribe: http/);
    expect(message.fields).toEqual({ note: '€84.00' });
    expect(message.headers).toHaveProperty('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click');
  });

  it('knows a real customer as they are, and claims nothing', async () => {
    const { body: customer } = await service.call('PUT', '/v1/customers', {
      identity: { email: 'bea@example.com' },
      properties: { firstName: 'Bea', language: 'de-AT' },
    });
    const source = {
      subject: 'Hello {{ customer.firstName }}',
      text: '{{ customer.email }}',
      translations: { de: { subject: 'Hallo {{ customer.firstName }}' }, fr: { subject: 'Bonjour' } },
    };
    const asked = { customerId: customer.id, category: 'transactional' };
    expect((await preview(source, asked)).message).toEqual({ subject: 'Hallo Bea', html: '', text: 'bea@example.com' });
    expect((await preview(source, { ...asked, language: 'fr' })).message.subject).toBe('Bonjour');
    const { body } = await service.call('GET', `/v1/sends?customerId=${customer.id}`);
    expect(body.items).toEqual([]);
    const unknown = { channel: 'sms', customerId: 'cus_nobody', message: { text: 'x' } };
    expect((await service.call('POST', '/v1/messages/preview', unknown)).status).toBe(404);
  });

  it('is of every channel', async () => {
    expect((await preview({ text: 'See https://a.example.com' }, { channel: 'sms' })).message.text).toMatch(
      /^See https:\/\/a\.example\.com\?utm_source=journeys&utm_medium=sms&/,
    );
    const push = { fields: { title: 'Hi {{ customer.firstName }}', url: 'https://a.example.com' } };
    expect((await preview(push, { channel: 'push' })).message).toMatchObject({
      text: '',
      fields: { title: 'Hi Ada', url: expect.stringContaining('utm_medium=push') },
    });
  });

  it('speaks of the catalogue in whatever part', async () => {
    const items = [{ productId: `boot-${dialect}`, title: 'Boot & lace' }];
    await service.call('PUT', '/v1/products', { items });
    const { message } = await preview(
      {
        subject: 'S',
        html: 'x',
        preheader: '{{ product.title }}',
        translations: { de: { fields: { p: '{{ product.title }}' } } },
      },
      { productIds: [`boot-${dialect}`], language: 'de' },
    );
    expect(message.html).toContain('>Boot &amp; lace&#847;');
    expect(message.fields).toEqual({ p: 'Boot & lace' });
  });

  const BAD: [object, string, RegExp][] = [
    [{ subject: 'S', html: '{% if x %}' }, 'html', /is not valid Liquid \(line 1\): .*not closed/],
    [{ subject: 'S', html: 'x', preheader: '{{ nope }}' }, 'preheader', /uses nope/],
    [{ subject: 'S', mjml: MJML('<mj-foo />') }, 'mjml', /\(line 1, mj-foo\)/],
    [{ subject: 'S', mjml: MJML(''), html: 'x' }, 'mjml', /is given, and so is the HTML/],
    [{ subject: 'S', mjml: 'x'.repeat(100_001) }, 'mjml', /is too long/],
    [{ subject: 'S', html: 'x'.repeat(500_001) }, 'html', /is too long/],
    [{ subject: 'S', text: 'x', fields: { 'a/b': '{{ nope }}' } }, 'fields/a~1b', /uses nope/],
    [{ subject: 'S', text: 'x', tracking: { utm: { term: '{{ nope }}' } } }, 'tracking/utm/term', /uses nope/],
    [
      { subject: 'S', html: '<a href="{{ data }}">x</a>', data: { data: 'javascript:x' } },
      'html',
      /begins with "javascript:"/,
    ],
    [{ text: 'x' }, 'subject', /is empty/],
  ];

  it('says what is wrong as the gate does, each with its part; other items go on', async () => {
    const ada = await enter(service, `ada-${dialect}`);
    const answers = await authorize(
      service,
      ...BAD.map(([message], index) => sendItem(ada, { node: `bad-${index}`, message })),
      sendItem(ada, { node: 'good', message: { subject: 'S', text: 'x' } }),
    );
    for (const [index, [message, part, words]] of BAD.entries()) {
      const { problems, message: shown } = await preview(message);
      expect(shown).toBeNull();
      expect(problems).toEqual([{ path: `/message/${part}`, message: expect.stringMatching(words) }]);
      expect(answers[index].error).toEqual({ path: `/items/${index}/message/${part}`, message: problems[0].message });
    }
    expect(answers.at(-1)).toMatchObject({ decision: 'send', message: { text: expect.stringMatching(/^x\n\nUnsub/) } });
    const { body } = await service.call('GET', `/v1/sends?customerId=${ada.customerId}`);
    expect((body.items as { node: string }[]).map(({ node }) => node)).toEqual(['good']);
  });

  it('names the translation that is wrong', async () => {
    const translations = { de: { html: '{{ nope }}' } };
    const { problems } = await preview({ subject: 'S', html: 'x', translations }, { language: 'de' });
    expect(problems).toMatchObject([{ path: '/message/translations/de/html' }]);
  });

  it('hostile names stay text, in HTML and in headers', async () => {
    const { body: customer } = await service.call('PUT', '/v1/customers', {
      identity: { email: `eve-${dialect}@example.com` },
      properties: { firstName: `"><script>x</script>\r\nBcc: a@example.com` },
    });
    const html = '<p title="{{ customer.firstName }}">{{ customer.firstName }}</p>';
    const { message } = await preview({ subject: '{{ customer.firstName }}', html }, { customerId: customer.id });
    expect(message.html).not.toContain('<script');
    expect(message.subject).toBe('"><script>x</script> Bcc: a@example.com');
    expect(Object.values(message.headers).join()).not.toMatch(/[\r\n]/);
  });
});
