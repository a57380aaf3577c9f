/** What the operator has to be told of. */
import type { AlarmLevel } from '../../domain/complaints.ts';

/** One open row at most for each kind, channel and level. Nothing in it names a person. */
export interface AlarmsTable {
  id: string;
  kind: 'complaint_rate';
  channel: 'email';
  level: AlarmLevel;
  /** While it is open: as it stands now. */
  rate: number;
  complaints: number;
  messages: number;
  /** `{journey, complaints}`, most first. */
  journeys_json: string;
  /** Epoch ms. */
  raised_at: number;
  ended_at: number | null;
}
