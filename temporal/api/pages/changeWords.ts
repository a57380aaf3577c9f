/** Who changed what about a customer, in the operator's words. */

const ACTIONS: Readonly<Record<string, string>> = {
  'customer.merged': 'Another profile was found to be the same person: both are one now',
  'customer.unmerged': 'A merge was taken back: the other profile stands for itself again',
  'customer.disengaged': 'Marked as disengaged',
  'customer.engaged': 'No longer marked as disengaged',
  'customer.exported': 'What is held about the customer was exported',
  'privacy.data_requested': 'The customer asked, by the shop, what is held about them',
  'preferences.changed': 'Chose what to hear of',
};

export const actionWords = (action: string): string => ACTIONS[action] ?? action;

const ACTORS: Readonly<Record<string, string>> = {
  api: 'the API',
  page: 'the customer, on their page',
  import: 'an import',
  event: 'an event',
  cli: 'the command line',
};

/** `connection:shop` is the connection shop. */
export function actorWords(actor: string): string {
  const [, connection] = /^connection:(.+)$/s.exec(actor) ?? [];
  return connection === undefined ? (ACTORS[actor] ?? actor) : `the connection ${connection}`;
}
