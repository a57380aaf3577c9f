/** When complaints are too many. */
import { describe, expect, it } from 'vitest';
import {
  alarmSentence,
  complaintRate,
  levelsReached,
  mostMessages,
  type Alarm,
  type ComplaintCounts,
} from '../../../temporal/domain/complaints.ts';

describe('the rate of complaints', () => {
  it.each([
    // [complaints, messages, rate]: too few to judge by, unless three people complain
    [1, 3, null],
    [2, 999, null],
    [0, 0, null],
    [1, 1000, 0.001],
    [3, 3, 1],
    [3, 900, 3 / 900],
    [0, 5000, 0],
  ])('%i of %i', (complaints, messages, rate) => {
    expect(complaintRate({ complaints, messages })).toBe(rate);
  });

  // Gmail and Yahoo: below 0.1 %, never 0.3 %.
  it.each([
    [null, []],
    [0, []],
    [0.000999, []],
    [0.001, ['warning']],
    [0.002999, ['warning']],
    [0.003, ['warning', 'critical']],
    [1, ['warning', 'critical']],
  ])('%d reaches %j', (rate, levels) => {
    expect(levelsReached(rate)).toEqual(levels);
  });

  it('needs no count beyond the number of messages at which it is below every threshold', () => {
    for (const complaints of [1, 3, 7, 4999]) {
      const most = mostMessages(complaints);
      expect(levelsReached(complaints / most)).toEqual(['warning']);
      expect(levelsReached(complaints / (most + 1))).toEqual([]);
    }
  });

  it('is told in words', () => {
    const alarm: Omit<Alarm, 'id' | 'level' | keyof ComplaintCounts | 'rate'> = {
      kind: 'complaint_rate',
      channel: 'email',
      journeys: [],
      raisedAt: 0,
      endedAt: null,
    };
    expect(alarmSentence({ ...alarm, level: 'critical', complaints: 7, messages: 2000, rate: 0.0035 })).toBe(
      '7 of 2000 recipients have called e-mail of the last 7 days spam: 0.35 %, critical from 0.3 %. See /v1/alarms and /v1/reports/journeys.',
    );
  });
});
