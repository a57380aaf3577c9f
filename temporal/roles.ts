/** Which parts of the service a process runs. */

export const ROLES = ['api', 'gateway', 'worker'] as const;
/** `api`: the private routes for nodes and shops · `gateway`: the public routes · `worker`: runs the journeys. */
export type Role = (typeof ROLES)[number];
