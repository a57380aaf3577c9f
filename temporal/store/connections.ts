/** Connections of shops and trackers. Their secrets have to be readable here: HMACs are made with them. */
import { sql } from 'kysely';
import type { ConnectionKind, PreviousSecret, Secrets } from '../domain/connection.ts';
import type { ConnectionsTable } from './tables/connections.ts';
import type { Session } from './rows.ts';

export interface Connection {
  name: string;
  kind: ConnectionKind;
  secrets: Secrets;
  /** ISO 4217; for bodies that name none. */
  currency: string | null;
  /** Where the tracker may be called from; scheme, host and port. */
  origins: string[];
  /** Names the connection to the tracker; no secret. */
  publicKey: string;
  /** Stands before its customers' numbers, which another shop gives to others; '' for none. */
  externalIdPrefix: string;
  /** Epoch ms. */
  createdAt: number;
  updatedAt: number;
  /** To the minute; null: nothing has come in yet. */
  lastReceivedAt: number | null;
}

export async function listConnections({ db }: Pick<Session, 'db'>): Promise<Connection[]> {
  const { rows } = await sql<ConnectionsTable>`select * from connections order by name`.execute(db);
  return rows.map(connectionOf);
}

/** @param session a transaction, when it is to be changed: the row is locked until its end */
export async function findConnection(session: Session, name: string, forChange = false): Promise<Connection | null> {
  const lock = forChange && session.dialect === 'postgres' ? sql`for update` : sql``;
  const { rows } = await sql<ConnectionsTable>`select * from connections where name = ${name} ${lock}`.execute(
    session.db,
  );
  return rows[0] ? connectionOf(rows[0]) : null;
}

export async function writeConnection({ db }: Pick<Session, 'db'>, connection: Connection): Promise<void> {
  const { name, createdAt, lastReceivedAt, secrets } = connection;
  const row = {
    kind: connection.kind,
    secret: secrets.current,
    secret_changed_at: secrets.changedAt,
    previous_secrets_json: JSON.stringify(secrets.previous),
    currency: connection.currency,
    origins_json: JSON.stringify(connection.origins),
    public_key: connection.publicKey,
    external_id_prefix: connection.externalIdPrefix,
    updated_at: connection.updatedAt,
  };
  await db
    .insertInto('connections')
    .values({ name, ...row, created_at: createdAt, last_received_at: lastReceivedAt })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

/** @returns false when there was none */
export async function deleteConnection({ db }: Pick<Session, 'db'>, name: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('connections').where('name', '=', name).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** @param at epoch ms; an earlier one than what is there changes nothing */
export async function noteReceived({ db }: Pick<Session, 'db'>, name: string, at: number): Promise<void> {
  await sql`update connections set last_received_at = ${at}
    where name = ${name} and coalesce(last_received_at, 0) < ${at}`.execute(db);
}

function connectionOf(row: ConnectionsTable): Connection {
  return {
    name: row.name,
    kind: row.kind,
    secrets: {
      current: row.secret,
      changedAt: row.secret_changed_at,
      previous: JSON.parse(row.previous_secrets_json) as PreviousSecret[],
    },
    currency: row.currency,
    origins: JSON.parse(row.origins_json) as string[],
    publicKey: row.public_key,
    externalIdPrefix: row.external_id_prefix,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastReceivedAt: row.last_received_at,
  };
}
