/**
 * The customers' pages in a real browser: every page and state in both languages, light and dark, narrow and wide, held against
 * WCAG 2.2 AA by axe; and what a person does there, without JavaScript and by keyboard alone. Pictures are kept as artefacts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../temporal/domain/language.ts';
import { Links } from '../../temporal/links.ts';
import { event, minutes, TestService } from '../service/service.ts';
import { openBrowser, screenshot } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = [320, 1280];
const SCHEMES = ['light', 'dark'] as const;

let service: TestService;
let links: Links;
let base: string;
let browser: Browser;

beforeAll(async () => {
  service = await TestService.create('sqlite', { shopName: 'Example Shop' });
  base = await service.app.listen({ host: '127.0.0.1', port: 0 });
  links = await Links.load(service.store, base);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

let people = 0;
async function person(language: Language): Promise<string> {
  const number = ++people;
  const { body } = await service.call('PUT', '/v1/customers', {
    identity: { email: `person${number}@example.com`, phone: `+4366012300${String(number).padStart(2, '0')}` },
    properties: { language },
    consent: { email: { state: 'subscribed', source: 'form', at: minutes(-60) } },
  });
  return body.id as string;
}

async function confirmUrl(id: string, channel: string, expiresIn = 'P7D'): Promise<string> {
  const body = { channel, source: 'form', expiresIn };
  const answer = await service.call('POST', `/v1/customers/${id}/consent/requests`, body);
  return (answer.body.confirmUrl as string).replace('http://127.0.0.1', base);
}

const later = () => {
  service.now += 1000;
};
const press = async (page: Page, button = 'button') => {
  later();
  await page.locator(button).first().click();
  await page.waitForLoadState();
};

/** Each state, and how a person gets there. */
const STATES: Record<string, (page: Page, id: string) => Promise<void>> = {
  async 'unsubscribe-asks'(page, id) {
    await page.goto(links.unsubscribe(id, 'email'));
  },
  async 'unsubscribe-done'(page, id) {
    await page.goto(links.unsubscribe(id, 'email'));
    await press(page);
  },
  async 'unsubscribe-taken-back'(page, id) {
    await page.goto(links.unsubscribe(id, 'sms'));
    await press(page);
    await press(page);
  },
  async 'preferences-open'(page, id) {
    await page.goto(links.preferences(id));
  },
  async 'preferences-saved'(page, id) {
    await page.goto(links.preferences(id));
    await page.check('#tracks-product_news');
    await press(page, 'button[value=save]');
  },
  async 'confirm-asks'(page, id) {
    await page.goto(await confirmUrl(id, 'sms'));
  },
  async 'confirm-done'(page, id) {
    await page.goto(await confirmUrl(id, 'sms'));
    await press(page);
  },
  async 'confirm-already'(page, id) {
    const url = await confirmUrl(id, 'whatsapp');
    await page.goto(url);
    await press(page);
    await page.goto(url);
  },
  async 'confirm-expired'(page, id) {
    const url = await confirmUrl(id, 'sms', 'PT1S');
    later();
    await page.goto(url);
  },
  async 'confirm-superseded'(page, id) {
    const url = await confirmUrl(id, 'email');
    await page.goto(links.unsubscribe(id, 'email'));
    await press(page);
    await page.goto(url);
  },
  async nobody(page, id) {
    await service.call('DELETE', `/v1/customers/${id}`);
    await page.goto(links.preferences(id));
  },
  async 'test-message'(page) {
    await page.goto(links.unsubscribe('cus_test', 'email'));
  },
  async 'unknown-link'(page) {
    await page.goto(`${base}/u/changed`);
  },
};

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(Object.keys(STATES))('%s is for everybody', async (state) => {
    const context = await browser.newContext({ locale: language });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The browser itself says so of a page that is a 404.
      if (message.type() === 'error' && !message.text().includes('status of 404')) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(base)) complaints.push(request.url());
    });
    await STATES[state]?.(page, await person(language));
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    expect(await page.locator('h1').count()).toBe(1);

    for (const colorScheme of SCHEMES) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 1150 });
        await page.emulateMedia({ colorScheme });
        await page.evaluate(AXE);
        const found = await page.evaluate<AxeResults>(
          `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(RULES)} } })`,
        );
        const place = `${colorScheme} ${width}`;
        expect(
          found.violations.map(({ id, nodes }) => `${place} ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        ).toEqual([]);
        expect(found.passes.length).toBeGreaterThan(5);
        expect(await overflow(page), place).toBe(0);
        await screenshot(page, `page-${state}-${language}-${colorScheme}-${width}`);
      }
    }
    // WCAG 1.4.4: text twice as large. 1.4.10 is the width of 320 above.
    await page.setViewportSize({ width: 640, height: 720 });
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

const overflow = async (page: Page): Promise<number> =>
  await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('a person', () => {
  const consentOf = async (id: string) => (await service.call('GET', `/v1/customers/${id}`)).body.consent;

  it('unsubscribes without JavaScript, by keyboard alone, and comes back', async () => {
    const id = await person('en');
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en' });
    const page = await context.newPage();
    await page.goto(`${links.unsubscribe(id, 'email')}?utm_source=mail`);
    await page.keyboard.press('Tab');
    later();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor();
    expect((await consentOf(id)).email.state).toBe('unsubscribed');
    later();
    await page.getByRole('button', { name: 'subscribe again' }).press('Enter');
    await page.getByRole('heading', { name: 'You are subscribed again' }).waitFor();
    expect((await consentOf(id)).email.state).toBe('subscribed');
    await page.getByRole('link', { name: 'Set my preferences' }).click();
    await page.getByRole('heading', { name: 'Your preferences' }).waitFor();
    await context.close();
  });

  it('sets preferences by keyboard, and sees them again', async () => {
    const id = await person('de');
    const page = await browser.newPage();
    await page.goto(links.preferences(id));
    await page.getByLabel('E-Mail').press('Space');
    await page.getByLabel('Seltener').press('Space');
    later();
    await page.getByRole('button', { name: 'Speichern' }).press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.getByLabel('E-Mail').isChecked()).toBe(false);
    expect(await page.getByLabel('Seltener').isChecked()).toBe(true);
    expect((await consentOf(id)).email).toMatchObject({ state: 'unsubscribed', source: 'page' });
    const focus = await page.evaluate<string>(
      `document.querySelector('button').focus(), getComputedStyle(document.querySelector('button')).outlineStyle`,
    );
    expect(focus).toBe('solid');
    await page.close();
  });

  it('is not subscribed by a scanner that follows the link', async () => {
    const id = await service.send(event('viewed_page', 'scanned', minutes(-1)));
    const url = await confirmUrl(id, 'email');
    const page = await browser.newPage();
    await page.goto(url);
    expect((await consentOf(id)).email.state).toBe('never');
    await page.getByRole('button', { name: 'Yes, subscribe me' }).click();
    await page.getByRole('heading', { name: 'Thank you, you are subscribed' }).waitFor();
    expect((await consentOf(id)).email.state).toBe('subscribed');
    await page.close();
  });
});
