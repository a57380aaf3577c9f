/** What answers for several items have in common. */
export interface ItemError {
  path: string;
  message: string;
}
