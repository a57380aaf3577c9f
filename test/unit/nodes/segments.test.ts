/** How many messages a text is paid as: 3GPP TS 23.038 (alphabet), 23.040 section 9.2.3.24.1 (160 and 153, 70 and 67). */
import { describe, expect, it } from 'vitest';
import { segmentsOf } from '../../../nodes/ChannelSend/channels/sms/segments.ts';

describe('parts of a text message', () => {
  it.each([
    ['', { alphabet: 'GSM-7', characters: 0, segments: 0 }],
    ['Grüße, 5 €', { alphabet: 'GSM-7', characters: 11, segments: 1 }],
    ['x'.repeat(160), { alphabet: 'GSM-7', characters: 160, segments: 1 }],
    ['x'.repeat(161), { alphabet: 'GSM-7', characters: 161, segments: 2 }],
    ['x'.repeat(306), { alphabet: 'GSM-7', characters: 306, segments: 2 }],
    ['x'.repeat(307), { alphabet: 'GSM-7', characters: 307, segments: 3 }],
    // 152 letters leave one place in the first part: the euro, which takes two, goes into the next.
    [`${'x'.repeat(152)}€${'x'.repeat(152)}`, { alphabet: 'GSM-7', characters: 306, segments: 3 }],
    ['Привет', { alphabet: 'UCS-2', characters: 6, segments: 1 }],
    ['–'.repeat(70), { alphabet: 'UCS-2', characters: 70, segments: 1 }],
    ['–'.repeat(71), { alphabet: 'UCS-2', characters: 71, segments: 2 }],
    ['–'.repeat(135), { alphabet: 'UCS-2', characters: 135, segments: 3 }],
    ['👋', { alphabet: 'UCS-2', characters: 2, segments: 1 }],
    // A pair is not torn apart: 33 of them in a part of 67.
    ['👋'.repeat(67), { alphabet: 'UCS-2', characters: 134, segments: 3 }],
    ['ç', { alphabet: 'UCS-2', characters: 1, segments: 1 }],
  ])('%s', (text, expected) => {
    expect(segmentsOf(text)).toEqual(expected);
  });
});
