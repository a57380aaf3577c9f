/** `/runs/{id}`: one customer in one journey: where they stand, what happened, what is waited for. The Temporal UI leads here. */
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { customerPath, journeyPath, OperatorLinks, runPath } from '../../operatorLinks.ts';
import { readRunDetails, type RunDetails } from '../../store/operator/runDetails.ts';
import { sessionOf } from '../../store/rows.ts';
import type { ServiceContext } from '../context.ts';
import { html, type Markup, type Part } from '../gateway/pages/markup.ts';
import { facts, trouble, waysOn } from './facts.ts';
import { operatorPage } from './layout.ts';
import { NotThere } from './notThere.ts';
import { runTimeline } from './runTimeline.ts';
import { entryWords, holdSentence, statusSentence, waitWords } from './runWords.ts';
import { nothing } from './shown.ts';
import { fromNow, moment, timeline } from './timeline.ts';

/** A segment takes seconds, minutes when many are due at once. */
const LONG_MS = 5 * 60_000;

export function runPageRoutes({ store, settings, now }: ServiceContext): FastifyPluginCallbackTypebox {
  const links = new OperatorLinks(settings);
  return (app, _options, done) => {
    app.get<{ Params: { id: string } }>('/runs/:id', { schema: { hide: true } }, async (request, reply) => {
      const { id } = request.params;
      const run = id.includes('\0') ? null : await readRunDetails(sessionOf(store.db), id);
      if (!run) {
        const why = 'There is no such run. It may have been erased together with its customer.';
        throw new NotThere('/journeys', 'No such run', why);
      }
      return reply.send(runPage(run, { links, shop: settings.shopName, now: now() }));
    });
    done();
  };
}

interface Circumstances {
  links: OperatorLinks;
  shop: string;
  /** Epoch ms. */
  now: number;
}

function runPage(run: RunDetails, { links, shop, now }: Circumstances): string {
  const { journey } = run;
  const title = `Run in ${journey.name}`;
  const entries = runTimeline(run, links);
  return operatorPage(
    { title, shop, place: '/journeys' },
    html`<section>
      <h2>How it stands</h2>
      ${troubles(run).map(trouble)} ${standing(run, now)}
      ${facts([
        ['Customer', html`<a href="${customerPath(run.customerId)}">${run.customerId}</a>`],
        ['Journey', html`<a href="${journeyPath(journey.key)}">${journey.name}</a>`],
        ['Entered', html`${moment(run.enteredAt)}, ${entryWords(run.entry)}`],
        ['About', run.entryKey === '' ? null : run.entryKey],
        ['Ended', run.endedAt === null ? null : moment(run.endedAt)],
        ['Run', run.id],
        ['Workflow', run.workflowId],
      ])}
      ${waysOn([
        ['In the Temporal UI', links.temporalRun(run.workflowId)],
        ['Workflow in n8n', journey.n8nWorkflowId && links.n8nWorkflow(journey.n8nWorkflowId)],
        ['Executions in n8n', journey.n8nWorkflowId && links.n8nExecutions(journey.n8nWorkflowId)],
      ])}
    </section>`,
    html`<section>
      <h2>What happened</h2>
      <p class="hint">Newest first. Times are UTC. n8n keeps those executions that its workflow’s settings save.</p>
      ${entries.length === 0 ? nothing('Nothing yet.') : timeline(entries)}
    </section>`,
  );
}

function standing(run: RunDetails, now: number): Markup {
  if (run.status !== 'running') {
    const successor = run.absorbedBy && html` <a href="${runPath(run.absorbedBy)}">The run that went on</a>.`;
    return html`<p class="lead">The run ${statusSentence(run.status, run.exitReason)}.${successor}</p>`;
  }
  const wait = [...run.waits.values()].find(({ state }) => state === 'waiting');
  if (wait) {
    return html`<p class="lead">
      Waits at <strong>${wait.node}</strong> ${waitWords(wait)}${wait.until !== null && untilWords(wait.until, now)}.
    </p>`;
  }
  const deferred = run.sends.find(({ decision, until }) => decision === 'defer' && until !== null);
  if (deferred?.until) {
    return html`<p class="lead">
      The message of <strong>${deferred.nodeName}</strong> is put off${untilWords(Date.parse(deferred.until), now)}.
    </p>`;
  }
  const since = run.segmentBeganAt ?? run.enteredAt;
  return html`<p class="lead">
      ${run.step === null ? 'Is about to begin' : html`Goes through n8n, from <strong>${run.step}</strong> on`}, since
      ${moment(since)} (${fromNow(since, now)}).
    </p>
    ${
      now - since > LONG_MS &&
      html`<p class="hint">
        That is long: the Temporal UI shows the last failure under Pending Activities, n8n the executions that failed.
      </p>`
    }`;
}

const untilWords = (until: number, now: number): Markup =>
  html` until ${moment(until)} (${fromNow(until, now)}${until < now && ': it is due'})`;

function troubles(run: RunDetails): Part[] {
  const hold = run.status === 'running' ? holdSentence(run) : null;
  const failing = run.untold.find(({ attempts }) => attempts > 0);
  const untold =
    failing &&
    html`Temporal does not take what it has to be told (“${failing.kind}”, tried
    ${failing.attempts === 1 ? 'once' : `${String(failing.attempts)} times`} so far):
    ${failing.lastError ?? 'no answer'}. It is tried again by itself.`;
  return [...(hold === null ? [] : [hold]), ...(untold ? [untold] : [])];
}
