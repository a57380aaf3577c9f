/** What n8n has published: the nodes that the service can call, and the journeys that their triggers define. */
import type { JourneyDefinition } from '../domain/journey.ts';
import { lockEndpoints } from './locks.ts';
import { sessionOf } from './rows.ts';
import type { Queryable } from './store.ts';

export type EndpointKind = 'trigger' | 'wait' | 'commerce';

export interface PublishedEndpoint {
  kind: EndpointKind;
  workflowId: string;
  workflowName: string;
  nodeId: string;
  nodeName: string;
  /** Below `N8N_BASE_URL`. */
  path: string;
  /** As n8n keeps them. */
  parameters: Readonly<Record<string, unknown>>;
  /** What a trigger defines; null for the others. */
  journey: JourneyDefinition | null;
  /** Of a Commerce Trigger; null: as it is, for only the node itself can say. */
  shop: { connection: string | null; topics: readonly string[] | null } | null;
}

/** Somebody else publishes this journey key already. */
export class JourneyKeyTaken extends Error {
  readonly key: string;
  /** Name of the workflow that has it. */
  readonly workflowName: string;
  readonly nodeName: string;
  readonly isSameWorkflow: boolean;

  constructor(key: string, owner: { workflowName: string; nodeName: string; isSameWorkflow: boolean }) {
    super(`The journey key "${key}" is taken by ${owner.workflowName}`);
    this.name = 'JourneyKeyTaken';
    this.key = key;
    this.workflowName = owner.workflowName;
    this.nodeName = owner.nodeName;
    this.isSameWorkflow = owner.isSameWorkflow;
  }
}

export const endpointId = (workflowId: string, nodeId: string): string => `${workflowId}/${nodeId}`;

/**
 * @returns the endpoint's id
 * @throws JourneyKeyTaken
 */
export async function publishEndpoint(trx: Queryable, endpoint: PublishedEndpoint, now: number): Promise<string> {
  // One after the other: two workflows must not both find a key free.
  await lockEndpoints(sessionOf(trx));
  const id = endpointId(endpoint.workflowId, endpoint.nodeId);
  const key = endpoint.journey?.key ?? null;
  if (endpoint.journey) await refuseTakenKey(trx, endpoint.journey.key, endpoint.workflowId, id);
  const before = await trx.selectFrom('endpoints').select('journey_key').where('id', '=', id).executeTakeFirst();
  const row = {
    kind: endpoint.kind,
    n8n_workflow_id: endpoint.workflowId,
    n8n_workflow_name: endpoint.workflowName,
    node_id: endpoint.nodeId,
    node_name: endpoint.nodeName,
    path: endpoint.path,
    journey_key: key,
    parameters_json: JSON.stringify(endpoint.parameters),
    published: 1,
    updated_at: now,
  };
  const { connection = null, topics = null } = endpoint.shop ?? {};
  const said = {
    ...(connection === null ? {} : { connection }),
    ...(topics === null ? {} : { topics_json: JSON.stringify(topics) }),
  };
  await trx
    .insertInto('endpoints')
    .values({ id, ...row, ...said })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...row, ...said }))
    .execute();
  // The trigger was given another key: nobody enters under the old one any more.
  if (before?.journey_key && before.journey_key !== key) await unpublishJourney(trx, before.journey_key, now);
  if (endpoint.journey) await publishJourney(trx, endpoint.journey, endpoint.workflowId, now);
  return id;
}

/** Its customers are held; of a trigger nobody enters. An endpoint that is not known needs nothing. */
export async function unpublishEndpoint(
  trx: Queryable,
  workflowId: string,
  nodeId: string,
  now: number,
): Promise<void> {
  const row = await trx
    .updateTable('endpoints')
    .set({ published: 0, updated_at: now })
    .where('id', '=', endpointId(workflowId, nodeId))
    .returning('journey_key')
    .executeTakeFirst();
  if (row?.journey_key) await unpublishJourney(trx, row.journey_key, now);
}

async function refuseTakenKey(trx: Queryable, key: string, workflowId: string, id: string): Promise<void> {
  const owner = await trx
    .selectFrom('endpoints')
    .select(['n8n_workflow_id', 'n8n_workflow_name', 'node_name'])
    .where('journey_key', '=', key)
    .where('published', '=', 1)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (!owner) return;
  throw new JourneyKeyTaken(key, {
    workflowName: owner.n8n_workflow_name,
    nodeName: owner.node_name,
    isSameWorkflow: owner.n8n_workflow_id === workflowId,
  });
}

async function publishJourney(trx: Queryable, journey: JourneyDefinition, workflowId: string, now: number) {
  const row = {
    schedule_since: await scheduleSince(trx, journey, now),
    name: journey.name,
    n8n_workflow_id: workflowId,
    definition_json: JSON.stringify(journey),
    published: 1,
    updated_at: now,
  };
  // A pause stays: publishing anew is no reason to let people in.
  await trx
    .insertInto('journeys')
    .values({ key: journey.key, paused: 0, created_at: now, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}

/** An edit in n8n takes the node away and publishes it anew at once: a schedule that stays the same goes on. */
const REPUBLISHED_WITHIN_MS = 60_000;

async function scheduleSince(
  trx: Queryable,
  { key, schedule }: JourneyDefinition,
  now: number,
): Promise<number | null> {
  if (!schedule) return null;
  const before = await trx
    .selectFrom('journeys')
    .select(['definition_json', 'published', 'updated_at', 'schedule_since'])
    .where('key', '=', key)
    .executeTakeFirst();
  if (!before || before.schedule_since === null) return now;
  const known = (JSON.parse(before.definition_json) as JourneyDefinition).schedule;
  const isSame = JSON.stringify(known?.every) === JSON.stringify(schedule.every);
  const wasOpen = before.published === 1 || now - before.updated_at <= REPUBLISHED_WITHIN_MS;
  return isSame && wasOpen ? before.schedule_since : now;
}

/** Unless another trigger publishes it. */
async function unpublishJourney(trx: Queryable, key: string, now: number): Promise<void> {
  await trx
    .updateTable('journeys')
    .set({ published: 0, updated_at: now })
    .where('key', '=', key)
    .where((eb) => {
      const published = eb
        .selectFrom('endpoints')
        .select('id')
        .where('journey_key', '=', key)
        .where('published', '=', 1);
      return eb.not(eb.exists(published));
    })
    .execute();
}

/** What the service believes to be published. */
export async function listPublishedEndpoints(db: Queryable) {
  const rows = await db.selectFrom('endpoints').selectAll().where('published', '=', 1).execute();
  return rows.map((row) => ({
    kind: row.kind,
    workflowId: row.n8n_workflow_id,
    workflowName: row.n8n_workflow_name,
    nodeId: row.node_id,
    nodeName: row.node_name,
    path: row.path,
    parametersJson: row.parameters_json,
  }));
}

/** Names of a workflow's nodes that were published once and are not now: whoever is due there is held. */
export async function unpublishedNodes(db: Queryable, workflowId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('endpoints')
    .select(['node_name', 'published'])
    .where('n8n_workflow_id', '=', workflowId)
    .where('kind', '<>', 'commerce')
    .execute();
  const published = new Set(rows.filter((row) => row.published === 1).map((row) => row.node_name));
  return new Set(rows.map((row) => row.node_name).filter((name) => !published.has(name)));
}
