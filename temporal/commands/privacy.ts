/** `commerce-journeys erase` and `export`: what somebody may ask for of their own data, straight from the store. */
import { readIdentity } from '../domain/identity.ts';
import { erase } from '../intake/erasure.ts';
import type { Settings } from '../settings.ts';
import { insertAudit } from '../store/audit.ts';
import { exportCustomer } from '../store/customerExport.ts';
import { survivingIds } from '../store/identities.ts';
import { findOwners } from '../store/identities.ts';
import type { Session } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { openStoreOrExplain } from './openStoreOrExplain.ts';

const ACTOR = 'cli';

/** Prints everything held about the customer as JSON. @throws Error with a sentence for the operator */
export async function exportFromStore(settings: Settings, customer: string): Promise<void> {
  await withCustomer(settings, customer, async (store, customerId) => {
    const now = Date.now();
    const exported = await exportCustomer({ db: store.db, dialect: store.dialect }, customerId, now);
    if (exported === null) throw nobody(customer);
    const note = { customerId, actor: ACTOR, action: 'customer.exported', details: {} };
    await store.transaction((db) => insertAudit({ db, dialect: store.dialect }, [note], now));
    console.log(JSON.stringify(exported, null, 2));
  });
}

/** Erases the customer; a running service ends the runs. @throws Error with a sentence for the operator */
export async function eraseFromStore(settings: Settings, customer: string): Promise<void> {
  await withCustomer(settings, customer, async (store, customerId) => {
    if (!(await erase(store, customerId, { actor: ACTOR }, Date.now()))) throw nobody(customer);
    console.log(JSON.stringify({ erased: customerId }));
  });
}

async function withCustomer(
  settings: Settings,
  customer: string,
  work: (store: Store, customerId: string) => Promise<void>,
): Promise<void> {
  const store = await openStoreOrExplain(settings);
  try {
    await store.migrate();
    const customerId = await customerMeant({ db: store.db, dialect: store.dialect }, customer);
    if (customerId === null) throw nobody(customer);
    await work(store, customerId);
  } finally {
    await store.close();
  }
}

/** @param text our id, or an identifier such as `email=ada@example.com` */
async function customerMeant(session: Session, text: string): Promise<string | null> {
  const [, kind = '', value = ''] = /^(\w+)=(.+)$/s.exec(text) ?? [];
  if (kind === '') return (await survivingIds(session, [text])).get(text) ?? null;
  const { identity, problems } = readIdentity({ [kind]: value }, '');
  const [problem] = problems;
  if (problem) throw new Error(`${kind} ${problem.message}.`);
  const [owner] = await findOwners(session, [{ kind, value: identity[kind] ?? value }]);
  return owner?.customerId ?? null;
}

/** Without repeating an address: this may go to a log. */
const nobody = (customer: string): Error =>
  new Error(
    customer.includes('=')
      ? 'There is no customer with this identifier.'
      : `There is no customer with the id "${customer}". Give its id, or an identifier such as email=ada@example.com.`,
  );
