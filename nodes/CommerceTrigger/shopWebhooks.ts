/** Brings the webhooks of a shop to what is wanted: adopts what is there, makes what is missing, takes away what is ours and too much. */
import { sleep } from 'n8n-workflow';
import { ShopError } from './shopError.ts';

/** A webhook as the shop has it. */
export interface ShopWebhook {
  id: string;
  topic: string;
  /** Where it sends to. */
  url: string;
  /** `off`: the shop gave up after failures · `paused`: somebody paused it in the shop · `stale`: active, but with an old secret. */
  state: 'active' | 'off' | 'paused' | 'stale';
}

export interface Refusal {
  topic: string;
  message: string;
}

/** What is done with one kind of shop. Each throws ShopError when the shop cannot be asked at all. */
export interface ShopWebhooks {
  list(): Promise<ShopWebhook[]>;
  /** @returns topics that the shop refuses, with its reasons */
  create(topics: readonly string[], url: string): Promise<Refusal[]>;
  /** Active, with our secret. */
  renew(webhooks: readonly ShopWebhook[]): Promise<Refusal[]>;
  remove(webhooks: readonly ShopWebhook[]): Promise<Refusal[]>;
}

export interface Mended {
  kept: number;
  created: string[];
  reactivated: string[];
  removed: string[];
  refusals: Refusal[];
  /** Topics that somebody paused in the shop. */
  paused: string[];
}

export interface Wanted {
  /** Where our webhooks send to. */
  url: string;
  topics: readonly string[];
  /** Publishing is the operator's word: others of ours go, and paused ones work again. A check only mends. */
  isPublishing: boolean;
}

/** The shop failed half way: after so many ms the state is looked at anew, and the rest is done. */
const PAUSES_MS = [1_000, 3_000];

/** @throws ShopError */
export async function mendWebhooks(shop: ShopWebhooks, wanted: Wanted): Promise<Mended> {
  const mended: Mended = { kept: 0, created: [], reactivated: [], removed: [], refusals: [], paused: [] };
  for (let attempt = 0; ; attempt++) {
    try {
      return await mendOnce(shop, wanted, mended);
    } catch (error) {
      const pause = PAUSES_MS[attempt];
      // eslint-disable-next-line @n8n/community-nodes/require-node-api-error -- publishShop makes a node error of it
      if (pause === undefined || !(error instanceof ShopError) || !error.isTransient) throw error;
      await sleep(pause);
    }
  }
}

async function mendOnce(shop: ShopWebhooks, { url, topics, isPublishing }: Wanted, before: Mended): Promise<Mended> {
  const ours = (await shop.list()).filter((webhook) => sameAddress(webhook.url, url));
  const first = new Map<string, ShopWebhook>();
  for (const webhook of ours) if (!first.has(webhook.topic)) first.set(webhook.topic, webhook);
  const isWanted = ({ topic }: ShopWebhook) => topics.includes(topic);
  const surplus = ours.filter(
    (webhook) => first.get(webhook.topic) !== webhook || (isPublishing && !isWanted(webhook)),
  );
  const wanted = [...first.values()].filter(isWanted);
  const toRenew = wanted.filter(({ state }) => state !== 'active' && (isPublishing || state !== 'paused'));
  const missing = topics.filter((topic) => !first.has(topic));

  const refusals = [
    ...(missing.length > 0 ? await shop.create(missing, url) : []),
    ...(toRenew.length > 0 ? await shop.renew(toRenew) : []),
    ...(surplus.length > 0 ? await shop.remove(surplus) : []),
  ];
  const worked = (topic: string) => !refusals.some((refusal) => refusal.topic === topic);
  const paused = isPublishing ? [] : wanted.filter(({ state }) => state === 'paused').map(({ topic }) => topic);
  return {
    kept: wanted.length - toRenew.length,
    created: [...before.created, ...missing.filter(worked)],
    reactivated: toRenew.map(({ topic }) => topic).filter(worked),
    removed: surplus.map(({ topic }) => topic),
    refusals,
    paused,
  };
}

/** Takes away our webhooks but those of `topics`, which another workflow needs. @throws ShopError */
export async function removeWebhooks(shop: ShopWebhooks, url: string, topics: readonly string[]): Promise<void> {
  const ours = (await shop.list()).filter((webhook) => sameAddress(webhook.url, url));
  const surplus = ours.filter(({ topic }) => !topics.includes(topic));
  if (surplus.length > 0) await shop.remove(surplus);
}

const sameAddress = (one: string, other: string): boolean => one.replace(/\/+$/, '') === other.replace(/\/+$/, '');
