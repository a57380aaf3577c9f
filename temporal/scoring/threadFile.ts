/** Files that run as threads: in a checkout the sources as they are, in the package what they were compiled to. */
import { fileURLToPath } from 'node:url';

const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** @param name of a file beside this one, without its ending */
export const threadFile = (name: 'jobThread' | 'asOfThread'): string =>
  fileURLToPath(new URL(`./${name}${ENDING}`, import.meta.url));
