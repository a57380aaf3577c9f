/** A message in the customer's language, and what a message of each channel cannot be without. */
import { describe, expect, it } from 'vitest';
import { bestLanguage } from '../../../temporal/domain/language.ts';
import { bodyOf, problemOf, render } from './rendered.ts';

describe('the nearest language', () => {
  // RFC 4647, section 3.4 "Lookup": the range is cut from its end until something fits.
  it.each([
    [['de', 'fr'], 'de-AT', 'de'],
    [['de', 'de-AT'], 'DE_at', 'de-AT'],
    [['de-AT'], 'de', null],
    [['zh-Hant'], 'zh-Hant-TW', 'zh-Hant'],
    [['fr'], 'de', null],
    [['fr'], null, null],
    [[], 'de', null],
    [['de'], 'constructor', null],
  ])('of %j for %s is %s', (tags, wanted, expected) => {
    expect(bestLanguage(tags, wanted)).toBe(expected);
  });
});

const message = {
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello, as text',
  preheader: 'Look',
  fields: { title: 'Title', note: 'Note' },
  translations: {
    de: { subject: 'Hallo', html: '<p>Hallo</p>', fields: { title: 'Titel' } },
    fr: { subject: 'Bonjour {{ nope }}', fields: { 'a/b': '{{ nope }}' } },
    it: { text: 'Ciao' },
  },
};

describe('a message in several languages', () => {
  it('is what it says itself for those without a translation', async () => {
    for (const language of [null, 'es', 'en-GB']) {
      const { subject, html, text, fields } = await render(message, { language });
      expect([subject, text, fields]).toEqual(['Hello', 'Hello, as text', message.fields]);
      expect(bodyOf(html)).toContain('<p>Hello</p>');
    }
  });

  it('takes part by part what there is in the language, and makes a text that fits the body', async () => {
    const { subject, html, text, fields } = await render(message, { language: 'de-AT' });
    expect([subject, text, fields]).toEqual(['Hallo', 'Hallo', { title: 'Titel', note: 'Note' }]);
    expect(bodyOf(html)).toMatch(/>Look&#847;.*<p>Hallo<\/p>$/);
    expect(await render(message, { language: 'it' })).toMatchObject({ subject: 'Hello', text: 'Ciao' });
  });

  it('says in which one something is wrong', async () => {
    expect(await problemOf(message, { language: 'fr' })).toMatch(/^translations\/fr\/subject uses nope/);
    const more = { ...message, translations: { fr: { fields: { 'a/b': '{{ nope }}' } } } };
    expect(await problemOf(more, { language: 'fr' })).toMatch(/^translations\/fr\/fields\/a~1b uses nope/);
  });

  it('names languages by their tags, also those that this customer does not read', async () => {
    expect(await problemOf({ ...message, translations: { 'Deutsch (AT)': { subject: 'Hallo' } } })).toBe(
      'translations/Deutsch (AT) is not named by a language tag, such as de or de-AT',
    );
  });

  it('takes a body of the other kind', async () => {
    const mjml =
      '<mjml><mj-body><mj-section><mj-column><mj-text>Salut</mj-text></mj-column></mj-section></mj-body></mjml>';
    const { text } = await render({ ...message, translations: { fr: { mjml } } }, { language: 'fr' });
    expect(text).toBe('Salut');
  });
});

describe('a message', () => {
  it.each([
    ['email', { subject: '', text: 'x' }, /^subject is empty. An e-mail needs one/],
    ['email', { subject: 'x', html: ' ' }, /^html is empty, and so are MJML and text/],
    ['sms', { html: '<p>x</p>' }, /^text is empty. A text message has nothing else/],
    ['whatsapp', { text: ' ', fields: { name: '' } }, /^text is empty, and so are the fields/],
    ['push', {}, /^text is empty, and so are the fields/],
    ['push', { fields: { title: '{{ nope }}' } }, /^fields\/title uses nope/],
  ] as const)('by %s %# lacks something', async (channel, source, expected) => {
    expect(await problemOf(source, { channel })).toMatch(expected);
  });

  it('needs no subject elsewhere, and its fields are plain text', async () => {
    expect(
      await render({ subject: '', fields: { name: '{{ customer.firstName }}' } }, { channel: 'whatsapp' }),
    ).toEqual({
      subject: '',
      html: '',
      text: '',
      fields: { name: 'Ada <3' },
    });
    expect(await render({ subject: '', text: 'Hi' }, { channel: 'sms' })).toEqual({
      subject: '',
      html: '',
      text: 'Hi',
    });
  });
});
