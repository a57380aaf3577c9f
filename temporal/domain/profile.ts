/** What is known of a customer beside events, and what it becomes when somebody says more. */

export interface Profile {
  properties: Record<string, unknown>;
  /** Epoch ms of a shop's latest description; null: no shop has described the customer yet. */
  profileAt: number | null;
  /** Preference tracks; none: everything. */
  tracks: string[];
}

/** The properties that say in which time zone a customer lives; both spellings are usual. The first that is there counts. */
export const ZONE_PROPERTIES = ['timeZone', 'timezone'] as const;

/** Said by somebody who knows: it holds at once. @param told null takes a property away */
export function withProperties(before: Profile, told: Readonly<Record<string, unknown>>): Profile {
  const all = Object.entries({ ...before.properties, ...told });
  return {
    ...before,
    properties: Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined)),
  };
}

/**
 * Said by a shop: the newer description wins, an older one only fills gaps, for shops send in no particular order.
 *
 * @param at epoch ms, when the shop last changed the person
 * @returns `before` itself when nothing changes
 */
export function describedAnew(before: Profile, told: Readonly<Record<string, unknown>>, at: number): Profile {
  const given = Object.entries(told).filter(([, value]) => value !== undefined && value !== null);
  const isOlder = before.profileAt !== null && at < before.profileAt;
  const news = given.filter(([name, value]) => {
    const known = Object.hasOwn(before.properties, name) ? before.properties[name] : undefined;
    return isOlder ? known === undefined : JSON.stringify(known) !== JSON.stringify(value);
  });
  if (news.length === 0 && (isOlder || at === before.profileAt)) return before;
  return {
    ...before,
    properties: { ...before.properties, ...Object.fromEntries(news) },
    profileAt: isOlder ? before.profileAt : at,
  };
}
