/** What tests of the templates have in common: a shop that says what customers do, their runs, and the e-mails they get. */
import { expect } from 'vitest';
import type { Mail, Stack } from './stack.ts';
import { until } from './until.ts';

export const DAY = 86_400_000;

export interface TemplateRun {
  id: string;
  workflowId: string;
  journey: string;
  status: string;
  step: string | null;
  waitingUntil: string | null;
  exitReason: string | null;
  steps: { node: string; outcome: string; at: string }[];
}

interface Workflow {
  id: string;
  name: string;
  nodes: {
    name: string;
    parameters: Record<string, unknown>;
    disabled?: boolean;
    credentials?: Record<string, { id: string; name: string }>;
  }[];
  connections: object;
  settings: object;
}

const CONSENT = { email: { state: 'subscribed', source: 'checkout', at: '2020-01-01T00:00:00Z' } };
/** As a person's mail program says it. */
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
/** What is opened sooner after sending is taken for a machine's doing; real time. */
const TOO_SOON_MS = 2_000;

export class TemplateShop {
  readonly #stack: Stack;
  #events = 0;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** @param more `phone`: they have one, and consent to be written to by SMS @returns the customer's id */
  async says(
    person: string,
    type: string,
    properties: object = {},
    more: { at?: number; consent?: boolean; phone?: string } = {},
  ): Promise<string> {
    const { at = Date.now(), consent = true, phone } = more;
    const event = {
      ...{ id: `said-${++this.#events}`, type, source: 'custom', occurredAt: new Date(at).toISOString() },
      ...{ identity: { email: addressOf(person), ...(phone && { phone }) }, properties },
      ...(consent && { consent: phone ? { ...CONSENT, sms: CONSENT.email } : CONSENT }),
    };
    const { accepted } = await this.#stack.api<{ accepted: { customerId: string }[] }>('POST', '/v1/events', event);
    expect(accepted).toHaveLength(1);
    return accepted[0]!.customerId;
  }

  /** An order of products by their ids. */
  async order(
    person: string,
    orderId: string,
    items: readonly (string | object)[],
    more: { at?: number; consent?: boolean; value?: string } = {},
  ): Promise<string> {
    const { value = '20.00' } = more;
    const lines = items.map((item) => ({
      ...{ quantity: 1, price: value },
      ...(typeof item === 'string' ? { productId: item, name: item } : item),
    }));
    return await this.says(person, 'completed_purchase', { orderId, currency: 'EUR', value, items: lines }, more);
  }

  async runsOf(journey: string, customerId: string): Promise<TemplateRun[]> {
    return await this.#stack.list<TemplateRun>(`/v1/runs?journey=${journey}&customerId=${customerId}`);
  }

  /** The customer's run, once it is as wanted. @param key entry key, where there are several */
  async run(
    what: string,
    journey: string,
    customerId: string,
    isWanted: (run: TemplateRun) => boolean,
    key?: string,
  ): Promise<TemplateRun> {
    return await until(
      what,
      async () =>
        (await this.runsOf(journey, customerId)).find(
          (run) => (key === undefined || run.workflowId.endsWith(`/${key}`)) && isWanted(run),
        ),
      240_000,
    );
  }

  /** Oldest first. @param subjects only those whose subject has one of these */
  async mailsTo(person: string, ...subjects: string[]): Promise<Mail[]> {
    const to = addressOf(person);
    return (await this.#stack.mails()).filter(
      (mail) => mail.to === to && (subjects.length === 0 || subjects.some((part) => mail.subject.includes(part))),
    );
  }

  async mail(person: string, subject: string): Promise<Mail> {
    return await until(`“${subject}” for ${person}`, async () => (await this.mailsTo(person, subject))[0], 240_000);
  }

  /** As a person does, some seconds after it came: tried until it counts, for what is opened at once is a machine. */
  async opens(person: string, customerId: string, subject: string): Promise<void> {
    const { html } = await this.mail(person, subject);
    const [pixel] = /http[^"]+\/o\/[^"]+/.exec(html) ?? [];
    expect(pixel).toBeDefined();
    const since = Date.now();
    await until(`${person} to have opened “${subject}”`, async () => {
      if (Date.now() - since < TOO_SOON_MS) return false;
      await fetch(pixel!, { headers: BROWSER });
      const events = await this.#stack.list<{ type: string }>(`/v1/customers/${customerId}/events`);
      return events.some(({ type }) => type === 'message_opened');
    });
  }

  /** Where a counted link of the mail leads, without what is added for counting. @param label of the link */
  async linkOf({ html }: Mail, label: string): Promise<string> {
    const link = [...html.matchAll(/href="([^"]+)"[^>]*>([^<]*)</g)].find(([, , text]) => text?.trim() === label);
    expect(link, label).toBeDefined();
    const answer = await fetch(link![1]!.replaceAll('&amp;', '&'), { redirect: 'manual' });
    const url = new URL(answer.headers.get('location') ?? link![1]!);
    for (const name of [...url.searchParams.keys()]) if (name.startsWith('utm_')) url.searchParams.delete(name);
    return url.toString();
  }

  /** Edits the Settings node of a template as an operator does, and publishes it. */
  async edit(name: string, values: Record<string, unknown>): Promise<void> {
    await this.#change(name, ({ nodes }) => {
      const settings = nodes.find((node) => node.name === 'Settings');
      const { assignments } = settings!.parameters['assignments'] as {
        assignments: { name: string; value: unknown }[];
      };
      for (const [field, value] of Object.entries(values)) {
        const assignment = assignments.find((one) => one.name === `settings.${field}`);
        if (!assignment) throw new Error(`The Settings of ${name} have no ${field}`);
        assignment.value = value;
      }
    });
  }

  /** Chooses a new credential in a node and activates the node, as its note says. */
  async switchOn(name: string, nodeName: string, type: string, data: object): Promise<void> {
    const credential = await this.#stack.n8n<{ id: string; name: string }>('POST', '/credentials', {
      name: nodeName,
      type,
      data,
    });
    await this.#change(name, ({ nodes }) => {
      const node = nodes.find((one) => one.name === nodeName);
      if (!node) throw new Error(`${name} has no node ${nodeName}`);
      node.credentials = { ...node.credentials, [type]: { id: credential.id, name: credential.name } };
      delete node.disabled;
    });
  }

  async #change(name: string, change: (workflow: Workflow) => void): Promise<void> {
    const { data } = await this.#stack.n8n<{ data: Workflow[] }>('GET', '/workflows');
    const workflow = data.find((one) => one.name === name);
    if (!workflow) throw new Error(`n8n has no workflow ${name}`);
    change(workflow);
    const { id, nodes, connections, settings } = workflow;
    await this.#stack.n8n('PUT', `/workflows/${id}`, { name, nodes, connections, settings });
    await this.#stack.n8n('POST', `/workflows/${id}/activate`);
  }
}

export const addressOf = (person: string): string => `${person}@example.com`;
