/**
 * Customers by what was typed into a search box. Each meaning of the text is a range of one index, read in the index's order
 * from where the page before ended, so that a page costs the same with a million customers and with ten.
 */
import { sql, type RawBuilder } from 'kysely';
import {
  firstMatch,
  namesIn,
  rangeOf,
  SEARCH_FIELDS,
  searchTerms,
  type Match,
  type SearchField,
  type SearchTerm,
} from '../domain/customerSearch.ts';
import { isoTime } from '../domain/textValues.ts';
import { readTotals } from './customerTotals.ts';
import { survivingIds } from './identities.ts';
import { pageOf, type Page, type PageRequest, type PageStart } from './lists.ts';
import { idsOf, type Session } from './rows.ts';

export interface FoundCustomer {
  id: string;
  /** The newest of each kind, as on the items of the canvas. */
  email: string | null;
  phone: string | null;
  externalId: string | null;
  firstName: string | null;
  lastName: string | null;
  totals: { orders: number; revenueMinor: number; currency: string | null; lastOrderAt: string | null };
  createdAt: string;
}

/** Of those read at once some are listed elsewhere already. */
const FEWEST_READ = 200;

interface Candidate extends Match {
  id: string;
}

interface Details {
  id: string;
  properties: Record<string, unknown>;
  createdAt: number;
  /** Oldest first. */
  values: Record<Exclude<SearchField, 'id'>, string[]>;
}

/**
 * @param text as typed, without NUL
 * @param page `at` is the number of the field, `id` the customer's id and the value, parted by a blank
 */
export async function searchCustomers(
  session: Session,
  text: string,
  { limit, after }: PageRequest,
): Promise<Page<FoundCustomer>> {
  const terms = searchTerms(text);
  const read = Math.max(limit + 1, FEWEST_READ);
  const found: { candidate: Candidate; details: Details }[] = [];
  for (const term of terms) {
    const place = SEARCH_FIELDS.indexOf(term.field);
    if (after && place < after.at) continue;
    let last = after?.at === place ? candidateAt(term.field, after) : null;
    for (let isMore = true; isMore && found.length <= limit;) {
      const candidates = await readCandidates(session, term, last, read);
      const details = await readDetails(session, new Set(candidates.map(({ id }) => id)));
      for (const candidate of candidates) {
        const known = details.get(candidate.id);
        if (known && isListedHere(candidate, known, terms)) found.push({ candidate, details: known });
      }
      last = candidates.at(-1) ?? last;
      isMore = candidates.length === read;
    }
    if (found.length > limit) break;
  }
  const { items, next } = pageOf(
    found,
    limit,
    ({ candidate }) => startAt(candidate),
    ({ details }) => details,
  );
  return { items: await show(session, items), next };
}

const startAt = ({ field, id, value }: Candidate): PageStart => ({
  at: SEARCH_FIELDS.indexOf(field),
  id: `${id} ${value}`,
});

function candidateAt(field: SearchField, { id }: PageStart): Candidate {
  const blank = id.indexOf(' ');
  return { field, id: id.slice(0, blank), value: id.slice(blank + 1) };
}

/** Somebody whose e-mail address fits is not listed again by name. */
function isListedHere({ field, value }: Candidate, details: Details, terms: readonly SearchTerm[]): boolean {
  // An old id of a merged customer is asked for by itself.
  if (field === 'id') return true;
  const valuesOf = (one: SearchField): string[] => (one === 'id' ? [details.id] : details.values[one]);
  const first = firstMatch(terms, valuesOf);
  return first?.field === field && first.value === value;
}

async function readCandidates(
  session: Session,
  term: SearchTerm,
  last: Candidate | null,
  limit: number,
): Promise<Candidate[]> {
  const { field, prefix } = term;
  if (field === 'id') {
    const survivor = last ? undefined : (await survivingIds(session, [prefix])).get(prefix);
    return survivor === undefined ? [] : [{ field, id: survivor, value: prefix }];
  }
  const { rows } = await candidatesQuery(session, { field, prefix }, last, limit).execute(session.db);
  return rows.map((row) => ({ field, ...row }));
}

/** Exported for the test that looks at its plan. */
export function candidatesQuery(
  session: Session,
  { field, prefix }: SearchTerm & { field: Exclude<SearchField, 'id'> },
  last: Pick<Candidate, 'id' | 'value'> | null,
  limit: number,
): RawBuilder<{ id: string; value: string }> {
  // A language's order would put "é" between "e" and "f"; ranges need that of code points. SQLite has no other.
  const plain = session.dialect === 'postgres' ? sql` collate "C"` : sql``;
  const { from, below } = rangeOf(prefix);
  if (field === 'name' || field === 'surname') {
    const key = sql.ref(`${field}_key`);
    const start = last
      ? sql`(${key}${plain}, id${plain}) > (${last.value}, ${last.id})`
      : sql`${key}${plain} >= ${from}`;
    return sql`
      select id, ${key} as value from customers
      where ${key} is not null and merged_into is null and ${start} and ${key}${plain} < ${below}
      order by ${key}${plain}, id${plain} limit ${limit}`;
  }
  const start = last ? sql`value${plain} > ${last.value}` : sql`value${plain} >= ${from}`;
  return sql`
    select customer_id as id, value from identifiers
    where kind = ${sql.lit(field)} and ${start} and value${plain} < ${below}
    order by value${plain} limit ${limit}`;
}

async function readDetails(session: Session, ids: ReadonlySet<string>): Promise<Map<string, Details>> {
  if (ids.size === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    properties_json: string;
    name_key: string | null;
    surname_key: string | null;
    created_at: number;
    kind: string | null;
    value: string | null;
  }>`
    select c.id, c.properties_json, c.name_key, c.surname_key, c.created_at, i.kind, i.value
    from ${idsOf(session.dialect, ids)} as r cross join customers c left join identifiers i on i.customer_id = c.id
    where c.id = r.id and c.merged_into is null order by i.created_at, i.value`.execute(session.db);
  const found = new Map<string, Details>();
  for (const { id, kind, value, ...row } of rows) {
    let details = found.get(id);
    if (!details) {
      const of = (key: string | null): string[] => (key === null ? [] : [key]);
      const properties = JSON.parse(row.properties_json) as Record<string, unknown>;
      const values = { email: [], phone: [], externalId: [], name: of(row.name_key), surname: of(row.surname_key) };
      details = { id, properties, createdAt: row.created_at, values };
      found.set(id, details);
    }
    if (value !== null && (kind === 'email' || kind === 'phone' || kind === 'externalId')) {
      details.values[kind].push(value);
    }
  }
  return found;
}

async function show(session: Session, customers: readonly Details[]): Promise<FoundCustomer[]> {
  const totals = await readTotals(
    session,
    customers.map(({ id }) => id),
  );
  return customers.map(({ id, properties, createdAt, values }) => {
    const { first, last } = namesIn(properties);
    const { orders = 0, revenueMinor = 0, currency = null, lastOrderAt = null } = totals.get(id) ?? {};
    return {
      id,
      email: values.email.at(-1) ?? null,
      phone: values.phone.at(-1) ?? null,
      externalId: values.externalId.at(-1) ?? null,
      firstName: first,
      lastName: last,
      totals: { orders, revenueMinor, currency, lastOrderAt },
      createdAt: isoTime(createdAt),
    };
  });
}
