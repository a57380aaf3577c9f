/** Headless Chromium for looking at pages: the one on the machine, else Debian's package, else the one from npm. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import type { Stack } from './stack.ts';

export const SCREENSHOTS = join(import.meta.dirname, '..', '..', '.artifacts', 'screenshots');

const KNOWN_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), args: QUIET });
}

/** A page of n8n's editor, as its owner. */
export async function signedIn(browser: Browser, stack: Stack, viewport = { width: 1600, height: 900 }): Promise<Page> {
  const page = await browser.newPage({ viewport });
  await page.goto(`${stack.addresses.n8n}/signin`);
  await page.fill('input[name=emailOrLdapLoginId]', 'owner@example.com');
  await page.fill('input[name=password]', stack.ownerPassword);
  await page.click('button:has-text("Sign in")');
  await page.waitForURL(/home|workflow/);
  return page;
}

/** Opens a workflow on the canvas. */
export async function openWorkflow(page: Page, stack: Stack, workflowId: string): Promise<void> {
  await page.goto(`${stack.addresses.n8n}/workflow/${workflowId}`);
  await page.locator('[data-test-id="canvas-node"]').first().waitFor();
}

/** Opens the panel of a node on the canvas. */
export async function openPanel(page: Page, node: string): Promise<Locator> {
  await page.locator(`[data-test-id="canvas-node"][data-node-name="${node}"]`).dblclick();
  const panel = page.locator('[data-test-id="ndv"]');
  await panel.waitFor();
  return panel;
}

export async function closePanel(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator('[data-test-id="ndv"]').waitFor({ state: 'hidden' });
}

/** Keeps a picture of the page in the ignored folder of artefacts. @returns the file */
export async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

async function chromiumPath(): Promise<string> {
  const found = KNOWN_PLACES.find((place) => existsSync(place));
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium from Debian’s packages …');
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'ignore' });
    const installed = KNOWN_PLACES.find((place) => existsSync(place));
    if (installed) return installed;
  }
  const packaged = await import('@sparticuz/chromium');
  return packaged.default.executablePath();
}
