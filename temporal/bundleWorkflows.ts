/** Run as a process: prints the workflows' code as one script, as Temporal's worker takes it. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const workflowsPath = fileURLToPath(new URL(`./workflows/customerJourney${ENDING}`, import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
process.stdout.write(code);
