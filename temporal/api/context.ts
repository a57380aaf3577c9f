/** What the routes work with. Made once by `serve`; tests make their own. */
import type { EventIntake } from '../intake/eventIntake.ts';
import type { Links } from '../links.ts';
import type { Deleted } from '../retention.ts';
import type { Settings } from '../settings.ts';
import type { ConnectionReader } from '../store/connectionReader.ts';
import type { Store } from '../store/store.ts';

export type PartState = 'up' | 'down' | 'starting';

export interface ServiceContext {
  readonly store: Store;
  readonly settings: Settings;
  /** One for the process: whatever brings events goes through it, so that they share transactions. */
  readonly intake: EventIntake;
  /** One for the process: which shops and trackers may send to the gateway. */
  readonly connections: ConnectionReader;
  /** Makes and reads the signed links that customers get. */
  readonly links: Links;
  /** Epoch ms. */
  readonly now: () => number;
  /** Called after a commit that wrote outbox rows: the dispatcher looks at once. */
  readonly outboxWritten: () => void;
  /** Certificates of Amazon SNS, and its confirmations of subscriptions. @returns the body; throws when it is not 200 */
  readonly getFromAws: (url: string) => Promise<string>;
  /** How the other parts are, for `/ready`. */
  readonly parts: () => Promise<PartsReport>;
  /** What this process has deleted past its retention, for `/metrics`. */
  readonly deleted: () => Deleted;
}

export interface PartsReport {
  temporal: PartState;
  n8n: PartState;
  worker: PartState;
  /** Sentences for the operator: what is wrong or cannot be checked, and the way out. */
  notes: string[];
}
