/** Nothing unescaped gets onto a customer's page, whatever a shop calls itself; and both languages say everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../temporal/api/gateway/pages/markup.ts';
import { preferencesPage } from '../../temporal/api/gateway/pages/preferencesPage.ts';
import { TEXTS } from '../../temporal/api/gateway/pages/texts.ts';
import { askToUnsubscribe } from '../../temporal/api/gateway/pages/unsubscribePage.ts';

describe('markup', () => {
  it('escapes values, keeps its own, leaves out what is not there', () => {
    expect(
      html`<p title="${'"a" & \'b\''}">${'<b>'}${html`<i>${'&'}</i>`}${null}${false}${['x', html`<u>y</u>`]}</p>`.text,
    ).toBe('<p title="&quot;a&quot; &amp; &#39;b&#39;">&lt;b&gt;<i>&amp;</i>x<u>y</u></p>');
  });

  it('never lets a value begin a tag or leave its attribute', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const { text } = html`<a href="${value}">${value}</a>`;
        expect(text.match(/[<>]/g)).toEqual(['<', '>', '<', '>']);
        expect(text.match(/"/g)).toHaveLength(2);
      }),
    );
  });

  it('of a page is the same whatever the shop is called', () => {
    const view = {
      channel: 'email',
      address: 'a***@example.com',
      state: 'subscribed',
      preferencesUrl: '../p/x',
    } as const;
    const tags = (shop: string) => askToUnsubscribe({ language: 'en', shop }, view).match(/<\/?[a-z]\w*/g);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (shop) => {
        expect(tags(shop)).toEqual(tags('Shop'));
      }),
    );
  });
});

describe.each(Object.keys(TEXTS) as (keyof typeof TEXTS)[])('texts in %s', (language) => {
  it('say everything, with and without the shop’s name', () => {
    const { unsubscribe, confirm, channels } = TEXTS[language];
    for (const { messages } of Object.values(channels)) {
      for (const say of [
        unsubscribe.question,
        unsubscribe.doneDetail,
        unsubscribe.backDetail,
        confirm.question,
        confirm.doneDetail,
      ]) {
        expect(say(messages, 'Shop')).toContain(messages);
        expect(say(messages, 'Shop')).toContain(' Shop');
        expect(say(messages, '')).not.toMatch(/ {2}|(from|von) ?[.?]/);
      }
    }
  });

  it('fit on a page below 15 kB', () => {
    const channels = (['email', 'sms', 'whatsapp', 'push'] as const).map((channel) => ({
      channel,
      address: 'a***@example.com',
      isSubscribed: true,
    }));
    const page = preferencesPage({ language, shop: 'Example Shop' }, { channels, tracks: ['low_frequency'] }, true);
    expect(Buffer.byteLength(page)).toBeLessThan(15_000);
  });
});
