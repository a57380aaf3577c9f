/** Zones of phone numbers. Area codes: https://nationalnanpa.com (212 Manhattan, 415 San Francisco, 808 Hawaii). */
import { describe, expect, it } from 'vitest';
import { zonesOfPhone } from '../../temporal/phoneZones.ts';

describe('zones of a phone number', () => {
  it.each([
    ['+12125550123', ['America/New_York']],
    ['+14155550123', ['America/Los_Angeles']],
    ['+18085550123', ['Pacific/Honolulu']],
    ['+14165550123', ['America/Toronto']],
  ])('%s is %j by its area code', (phone, zones) => {
    expect(zonesOfPhone(phone)).toEqual(zones);
  });

  it.each([['+436601234567'], ['+18005550123'], ['nonsense'], ['']])('%j says no more than its country', (phone) => {
    expect(zonesOfPhone(phone)).toBeNull();
  });
});
