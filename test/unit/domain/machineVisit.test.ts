/** Opens and clicks of programs, which say nothing about the person. */
import { describe, expect, it } from 'vitest';
import { isMachine, isSweep } from '../../../temporal/domain/machineVisit.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const visit = (userAgent: string, more: object = {}) => ({ userAgent, purpose: '', sinceSent: 60_000, ...more });

describe('a visit', () => {
  it.each([
    FIREFOX,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    // Loaded when somebody looks at the mail: https://blog.filippo.io/how-the-new-gmail-image-proxy-works-and-what-this-means-for-you/
    'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
    'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
    'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)',
  ])('with %s is a person’s', (userAgent) => {
    expect(isMachine(visit(userAgent))).toBe(false);
  });

  it.each([
    '',
    // https://help.socketlabs.com/docs/identifying-apple-mpp-opens-in-notification-api-events
    'Mozilla/5.0',
    // Both named in Mautic's own configuration (bot_helper_blocked_user_agents).
    'Googlebot/2.1 (+http://www.google.com/bot.html)',
    'LinkedInBot/1.0 (compatible; Mozilla/5.0; Jakarta Commons-HttpClient/3.1 +http://www.linkedin.com)',
    'WhatsApp/2.23.20.0',
    'facebookexternalhit/1.1',
    'python-requests/2.32.0',
    'Microsoft Office Existence Discovery',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
  ])('with "%s" is a program’s', (userAgent) => {
    expect(isMachine(visit(userAgent))).toBe(true);
  });

  it('that nobody has asked for is a program’s', () => {
    expect(isMachine(visit(FIREFOX, { purpose: 'prefetch;prerender' }))).toBe(true);
  });

  it('is a program’s less than two seconds after sending, as in Mautic', () => {
    expect([0, 1999, 2000, null].map((sinceSent) => isMachine(visit(FIREFOX, { sinceSent })))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('clicks', () => {
  it.each([
    [[['a', 0]], false],
    [
      [
        ['a', 0],
        ['a', 10],
      ],
      false,
    ],
    [
      [
        ['a', 0],
        ['b', 1000],
      ],
      true,
    ],
    [
      [
        ['a', 0],
        ['b', 1001],
      ],
      false,
    ],
    [
      [
        ['a', 0],
        ['a', 900],
        ['b', 1800],
      ],
      true,
    ],
    [
      [
        ['b', 5000],
        ['a', 0],
        ['c', 4500],
      ],
      true,
    ],
  ] as const)('%j: a sweep is %s', (followed, expected) => {
    expect(isSweep(followed.map(([url, at]) => ({ url, at })))).toBe(expected);
  });
});
