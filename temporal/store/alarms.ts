/** Alarms are raised and ended: the counts that decide it, the rows, and their way to Commerce Triggers. */
import { sql } from 'kysely';
import { ALARMS, type Alarm, type AlarmLevel, type ComplaintCounts } from '../domain/complaints.ts';
import { newId } from '../newId.ts';
import { insertDeliveries } from './deliveries.ts';
import type { Session } from './rows.ts';

export type JourneyComplaints = Alarm['journeys'];

/** About e-mail sent since then, by journey, most first. @param since epoch ms */
export async function countComplaints({ db }: Session, since: number): Promise<JourneyComplaints> {
  const { rows } = await sql<{ journey: string | null; complaints: number }>`
    select journey_key as journey, count(*) as complaints from sends
    where complained_at is not null and complained_at >= ${since} and created_at >= ${since} and channel = 'email'
    group by journey_key order by 2 desc, 1`.execute(db);
  return rows;
}

/** E-mail sent since then that has not bounced. @param most where counting may end @param since epoch ms */
export async function countMessages({ db }: Session, since: number, most: number): Promise<number> {
  const { rows } = await sql<{ messages: number }>`
    select count(*) as messages from (
      select 1 from sends where created_at >= ${since} and channel = 'email' and decision = 'send'
        and status in ('sent', 'delivered', 'complained') limit ${most}) as m`.execute(db);
  return rows[0]?.messages ?? 0;
}

/** @returns null when one of this level stands already, also when another process has just raised it */
export async function raiseAlarm(
  { db }: Session,
  level: AlarmLevel,
  { complaints, messages, rate, journeys }: ComplaintCounts & { rate: number; journeys: JourneyComplaints },
  now: number,
): Promise<Alarm | null> {
  const id = newId('alm');
  const { rows } = await sql<{ id: string }>`
    insert into alarms (id, kind, channel, level, rate, complaints, messages, journeys_json, raised_at)
    values (${id}, 'complaint_rate', 'email', ${level}, ${rate}, ${complaints}, ${messages}, ${JSON.stringify(journeys)},
      ${now})
    on conflict do nothing returning id`.execute(db);
  if (rows.length === 0) return null;
  return {
    ...{ id, kind: 'complaint_rate', channel: 'email', level, rate, complaints, messages, journeys },
    ...{ raisedAt: now, endedAt: null },
  };
}

/** Of those that stand: how it is now. */
export async function updateAlarms(
  { db }: Session,
  { complaints, messages, rate, journeys }: ComplaintCounts & { rate: number; journeys: JourneyComplaints },
): Promise<void> {
  await db
    .updateTable('alarms')
    .set({ rate, complaints, messages, journeys_json: JSON.stringify(journeys) })
    .where('ended_at', 'is', null)
    .execute();
}

/** @param levels that the rate has reached: alarms of others end */
export async function endAlarms({ db }: Session, levels: readonly AlarmLevel[], now: number): Promise<AlarmLevel[]> {
  let query = db.updateTable('alarms').set({ ended_at: now }).where('ended_at', 'is', null);
  if (levels.length > 0) query = query.where('level', 'not in', levels);
  return (await query.returning('level').execute()).map(({ level }) => level);
}

/** An execution of each of these triggers gets it. */
export async function deliverAlarm(
  session: Session,
  alarmId: string,
  endpointIds: readonly string[],
  now: number,
): Promise<void> {
  const deliveries = endpointIds.map((endpointId) => ({
    ...{ endpointId, source: ALARMS, eventId: alarmId },
    // It is about nobody.
    customerId: '',
  }));
  await insertDeliveries(session, deliveries, now);
}
