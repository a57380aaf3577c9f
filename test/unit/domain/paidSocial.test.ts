/** What counts as paid social: UTM parameters and click ids. */
import { describe, expect, it } from 'vitest';
import { isPaidSocial, isTouch } from '../../../temporal/domain/paidSocial.ts';

const touch = (campaign: object, identity: object = {}) =>
  ({ campaign, identity }) as Parameters<typeof isPaidSocial>[0];

describe('paid social', () => {
  it.each<[object, object?]>([
    // CONTRACT 3, the example of an event.
    [{ source: 'facebook', medium: 'paid_social' }],
    [{ source: 'autumn', medium: 'PaidSocial' }],
    [{ medium: 'social-paid' }],
    // Google Analytics, "Paid Social": a social site and cpc, ppc or paid.
    [{ source: 'instagram', medium: 'cpc' }],
    [{ source: 'm.facebook.com', medium: 'ppc' }],
    [{ source: 'ig', medium: 'paid' }],
    [{ source: 'tiktok', medium: 'cpm' }],
    [{ source: 'x', medium: 'ads' }],
    [{ source: 'facebook_ads', medium: 'social' }],
    [{ source: 'tiktok', ttclid: 'E.C.P.1' }],
    [{}, { ttclid: 'E.C.P.1' }],
    [{ source: 'pinterest', medium: 'social', epik: 'dj0y' }],
    [{ source: 'snapchat', ScCid: '1' }],
    [{ source: 'facebook', fbclid: 'IwAR1' }],
    [{}, { fbclid: 'IwAR1', email: 'ada@example.com' }],
    [{ source: 'shoes', medium: 'cpc', fbclid: 'IwAR1' }],
  ])('%j %j', (campaign, identity = {}) => {
    expect(isPaidSocial(touch(campaign, identity))).toBe(true);
    expect(isTouch(touch(campaign, identity))).toBe(true);
  });

  it.each<[object, object?]>([
    [{ source: 'google', medium: 'cpc', gclid: 'C1' }],
    [{ source: 'newsletter', medium: 'email' }],
    [{ source: 'facebook', medium: 'social' }],
    [{ source: 'facebook', medium: 'organic_social', fbclid: 'IwAR1' }],
    [{ source: 'facebook', medium: 'unpaid_social' }],
    [{ source: 'facebook' }],
    [{ source: 'instagram', medium: 'address_book' }],
    [{ source: 'youtube', medium: 'cpc' }],
    [{ source: 'facebook', fbclid: '' }],
    [{ source: 7, medium: null, fbclid: {} }],
    [{}, { email: 'ada@example.com' }],
  ])('not %j %j', (campaign, identity = {}) => {
    expect(isPaidSocial(touch(campaign, identity))).toBe(false);
  });

  it('takes a referring site alone for no touch: it may be where the customer paid', () => {
    expect(isTouch(touch({ referrer: 'pay.example.com' }))).toBe(false);
    expect(isTouch(touch({}))).toBe(false);
    expect(isTouch(touch({ msclkid: '1' }))).toBe(true);
    expect(isTouch(touch({}, { gclid: '1' }))).toBe(true);
  });
});
