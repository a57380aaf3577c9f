/**
 * The browser tracker, served as `GET /t.js`. It sends what a visitor does in the shop to `POST /t`; it reads nothing from there.
 *
 * - Nothing is stored on the device before `journeys('consent', 'granted')`: until then the visitor has an id that lives as long
 *   as the page. After it, one entry of localStorage has the device's id and the session's campaign. There are no cookies.
 * - With Do Not Track or Global Privacy Control nothing is sent at all, but what the shop marks as `{necessary: true}`: a form
 *   that the visitor has just filled in.
 * - Addresses are sent without their query and fragment, where personal data hides.
 */

type Values = Record<string, unknown>;
interface Options {
  necessary?: boolean;
}
interface Wire {
  id: string;
  type: string;
  at: string;
  properties: Values;
  identity?: Values;
}
/** What is kept on the device after consent. */
interface Kept {
  id: string;
  campaign: Values | null;
  /** Epoch ms; a session ends half an hour after the last event. */
  seenAt: number;
}
interface Journeys {
  (...call: unknown[]): void;
  /** Calls from before the script had come: `window.journeys = function () { (journeys.q = journeys.q || []).push(arguments); }`. */
  q?: ArrayLike<unknown>[];
  isLoaded?: boolean;
}
type Call = [name: unknown, ...values: unknown[]];

declare global {
  interface Window {
    journeys?: Journeys;
    doNotTrack?: string;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

const STORAGE_KEY = 'journeys';
const SESSION_MS = 30 * 60_000;
const GATHER_MS = 300;
const MOST_EVENTS = 50;
/** Browsers refuse beacons of more than 64 KiB; text can take three bytes a character. */
const MOST_CHARACTERS = 20_000;
const CAMPAIGN: Record<string, string> = {
  utm_source: 'source',
  utm_medium: 'medium',
  utm_campaign: 'name',
  utm_id: 'id',
  utm_term: 'term',
  utm_content: 'content',
  gclid: 'gclid',
  fbclid: 'fbclid',
  msclkid: 'msclkid',
  ttclid: 'ttclid',
};
/** Of the event, where a command is given a single product. */
const OF_EVENT = ['currency', 'cartId', 'checkoutId', 'value', 'discount'];

const script = document.currentScript as HTMLScriptElement | null;
const settings = script?.dataset ?? {};
const endpoint =
  (script?.src ?? '/t.js').replace(/t\.js(\?.*)?$/, 't') + `?k=${encodeURIComponent(settings.key ?? '')}`;
const refused = navigator.doNotTrack === '1' || window.doNotTrack === '1' || navigator.globalPrivacyControl === true;

let mayStore = false;
/** `data-consent="required"`: nothing is sent before consent, and what happened until then is sent with it. */
let state: 'open' | 'waiting' | 'denied' = settings.consent === 'required' ? 'waiting' : 'open';
let deviceId = randomId();
let campaign: Values | null = campaignHere();
let waiting: Wire[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let page = '';
let exitSeen = false;

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function campaignHere(): Values | null {
  const found: Values = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    const key = Object.prototype.hasOwnProperty.call(CAMPAIGN, name) && CAMPAIGN[name];
    if (key && value && found[key] === undefined) found[key] = value.slice(0, 300);
  }
  try {
    const { host, hostname } = new URL(document.referrer);
    if (host !== location.host) found.referrer = hostname;
  } catch {
    // No referrer.
  }
  return Object.keys(found).length > 0 ? found : null;
}

/** Storage can be switched off, full, or forbidden: the tracker then goes on as before consent. */
function kept(): Kept | null {
  try {
    const value = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null') as Kept | null;
    return value && typeof value.id === 'string' ? value : null;
  } catch {
    return null;
  }
}

function keep(): void {
  if (!mayStore) return;
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ id: deviceId, campaign, seenAt: Date.now() } satisfies Kept));
  } catch {
    // As without consent.
  }
}

function forget(): void {
  mayStore = false;
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // There was none.
  }
}

/** Also at the next page: what has been kept says that consent was given. */
function rememberDevice(): void {
  const before = kept();
  mayStore = true;
  if (before) {
    deviceId = before.id;
    // The first touch of a session stays its campaign.
    if (Date.now() - before.seenAt < SESSION_MS) campaign = before.campaign;
  }
  keep();
}

function consent(answer: unknown): void {
  if (answer === 'granted') {
    if (refused) return;
    rememberDevice();
    state = 'open';
    flush();
  } else {
    forget();
    deviceId = randomId();
    waiting = [];
    state = 'denied';
  }
}

function track(type: string, properties: Values = {}, options: Options = {}, identity?: Values): void {
  if ((refused || state === 'denied') && !options.necessary) return;
  const event: Wire = { id: randomId(), type, at: new Date().toISOString(), properties: { page, ...properties } };
  if (identity) event.identity = identity;
  waiting.push(event);
  if (waiting.length > MOST_EVENTS * 4) waiting.shift();
  if (state === 'waiting' && !options.necessary) return;
  if (options.necessary || waiting.length >= MOST_EVENTS) flush(options.necessary ? [event] : undefined);
  else timer ??= setTimeout(flush, GATHER_MS);
}

/** @param only these, though the visitor has not consented to the others */
function flush(only?: Wire[]): void {
  clearTimeout(timer);
  timer = undefined;
  const sending = Array.isArray(only) ? only : state === 'open' ? waiting : [];
  waiting = waiting.filter((event) => !sending.includes(event));
  keep();
  for (let from = 0; from < sending.length;) {
    let count = 0;
    for (let size = 0; from + count < sending.length && count < MOST_EVENTS; count++) {
      size += JSON.stringify(sending[from + count]).length;
      if (count > 0 && size > MOST_CHARACTERS) break;
    }
    send(sending.slice(from, from + count));
    from += count;
  }
}

function send(events: Wire[]): void {
  const body = JSON.stringify({ deviceId, sentAt: new Date().toISOString(), campaign, events });
  // text/plain needs no question beforehand (CORS), which a page that is being left would not wait for.
  if (navigator.sendBeacon?.(endpoint, body)) return;
  void fetch(endpoint, { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => undefined);
}

function withItems(given: Values, needsQuantity: boolean): Values {
  const properties: Values = {};
  const item: Values = needsQuantity ? { quantity: 1 } : {};
  if (Array.isArray(given.items)) return given;
  for (const [name, value] of Object.entries(given)) (OF_EVENT.includes(name) ? properties : item)[name] = value;
  return { ...properties, items: [item] };
}

function viewPage(properties: Values = {}): void {
  page = location.origin + location.pathname;
  exitSeen = false;
  track('viewed_page', { url: page, title: document.title.slice(0, 300), ...properties });
}

/** Pages of single-page apps: their title follows a moment later. */
function pageMayHaveChanged(): void {
  setTimeout(() => {
    if (location.origin + location.pathname !== page) viewPage();
  });
}

function identify(given: unknown, options?: Options): void {
  const identity = (typeof given === 'string' ? { email: given } : given) as Values;
  track('custom:identified', {}, options, identity);
}

function subscribe(given: Values, options?: Options): void {
  const { email, phone, ...properties } = given;
  track('subscribed', properties, options, email === undefined ? { phone } : { email });
}

const COMMANDS: Record<string, (value: never, second: never, third: never) => void> = {
  page: viewPage,
  product: (item: Values, options: Options) => track('viewed_product', withItems(item, false), options),
  add: (item: Values, options: Options) => track('added_to_cart', withItems(item, true), options),
  remove: (item: Values, options: Options) => track('removed_from_cart', withItems(item, true), options),
  wishlist: (item: Values, options: Options) => track('wishlisted', withItems(item, false), options),
  search: (query: string, properties: Values, options: Options) => track('searched', { query, ...properties }, options),
  checkout: (properties: Values, options: Options) => track('started_checkout', properties, options),
  identify,
  subscribe,
  consent,
  track: (name: string, properties: Values, options: Options) => track(`custom:${name}`, properties, options),
  /** Gives the id to a function, for the shop's own server to send with its events. */
  device: (use: (id: string) => void) => use(deviceId),
};

function command(name: unknown, ...values: unknown[]): void {
  try {
    const run = Object.prototype.hasOwnProperty.call(COMMANDS, String(name)) && COMMANDS[String(name)];
    if (run) run(...(values as [never, never, never]));
    else console.warn(`journeys: there is no "${String(name)}". Known are ${Object.keys(COMMANDS).join(', ')}.`);
  } catch (error) {
    // A mistake in a call must not break the shop's page.
    console.warn('journeys:', error);
  }
}

/** The pointer has left through the top, towards tabs and address bar. The page hears of it at once, as `journeys:exit`. */
function mayBeLeaving({ clientY, relatedTarget }: MouseEvent): void {
  if (exitSeen || relatedTarget || clientY > 0) return;
  exitSeen = true;
  document.dispatchEvent(new CustomEvent('journeys:exit'));
  track('custom:exit_intent', { url: page });
  flush();
}

/** `<button data-journeys="add" data-product-id="p1" data-price="42.00" data-currency="EUR">`: the command, and what it is given. */
function clicked({ target }: Event): void {
  const element = (target as Element | null)?.closest?.<HTMLElement>('[data-journeys]');
  if (!element) return;
  const { journeys: name, ...values } = element.dataset;
  if (name === 'search') command(name, values.query);
  else if (name === 'track') command(name, values.name, values);
  else command(name, values);
}

function start(): void {
  if (kept() && !refused) {
    rememberDevice();
    state = 'open';
  }
  page = location.origin + location.pathname;
  const calls = Array.from(window.journeys?.q ?? [], (call) => Array.from(call) as Call);
  const journeys: Journeys = command;
  journeys.isLoaded = true;
  window.journeys = journeys;
  // Consent first, so that the page view is told under the right id, or not at all.
  calls.filter(([name]) => name === 'consent').forEach((call) => command(...call));
  if (settings.auto !== 'off') watchPage();
  calls.filter(([name]) => name !== 'consent').forEach((call) => command(...call));
  addEventListener('pagehide', () => flush());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') flush();
  });
}

function watchPage(): void {
  viewPage();
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name].bind(history);
    history[name] = (...args) => {
      original(...args);
      pageMayHaveChanged();
    };
  }
  addEventListener('popstate', pageMayHaveChanged);
  document.addEventListener('mouseout', mayBeLeaving);
  document.addEventListener('click', clicked);
}

// Loaded twice, it would count twice.
if (!window.journeys?.isLoaded) start();

export {};
