/**
 * What every `workflows/*.json` has to be: made of nodes and fields that exist, whole, reachable, and nobody's in particular.
 * Pure rules over the parsed file; `host/lintTemplates.ts` runs them, and so do the unit tests.
 */
import type { IConnections, INode, INodeProperties, INodeTypeDescription } from 'n8n-workflow';

export interface Template {
  name?: string;
  nodes: INode[];
  connections: IConnections;
  [other: string]: unknown;
}

/** By full node type, e.g. `n8n-nodes-commerce-journeys.journeyWait`. */
export type Descriptions = ReadonlyMap<string, INodeTypeDescription>;

/** n8n's own nodes that templates may use, with the versions that the pinned n8n knows, and how many outputs they have. */
const N8N_NODES: ReadonlyMap<string, { versions: readonly number[]; outputs: number }> = new Map([
  ['n8n-nodes-base.set', { versions: [3.4], outputs: 1 }],
  ['n8n-nodes-base.if', { versions: [2.2], outputs: 2 }],
  ['n8n-nodes-base.switch', { versions: [3.2], outputs: Infinity }],
  ['n8n-nodes-base.noOp', { versions: [1], outputs: 1 }],
  ['n8n-nodes-base.stickyNote', { versions: [1], outputs: 0 }],
]);

const NOTE = 'n8n-nodes-base.stickyNote';
/** Operators put their own steps there: whether they have anything to set is theirs. */
const SETTINGS_AS_YOU_LIKE = 'shop-intake';
/** What a file may hold at its top. Pinned data, owners and instances belong to somebody's n8n. */
const TOP_FIELDS: ReadonlySet<string> = new Set(['id', 'name', 'nodes', 'connections', 'settings']);

/** @param key the file's name without `.json` @returns sentences, each naming the node; none when all is well */
export function lintTemplate(key: string, template: Template, descriptions: Descriptions): string[] {
  const steps = template.nodes.filter(({ type }) => type !== NOTE);
  return [
    ...fieldProblems(template),
    ...template.nodes.flatMap((node) => nodeProblems(node, descriptions)),
    ...doubles(template.nodes.map(({ name }) => name)).map((name) => `Two nodes are called "${name}".`),
    ...doubles(template.nodes.map(({ id }) => id)).map((id) => `Two nodes have the id ${id}.`),
    ...connectionProblems(template, descriptions),
    ...reachProblems(steps, template.connections, descriptions),
    ...sendProblems(steps, template.connections),
    ...keyProblems(key, steps),
    ...settingsProblems(key, template),
    ...noteProblems(template.nodes),
    ...personalProblems(template),
  ];
}

function fieldProblems(template: Template): string[] {
  return Object.keys(template)
    .filter((name) => !TOP_FIELDS.has(name))
    .map((name) => `The file has "${name}", which belongs to somebody's own n8n. Remove it.`);
}

function nodeProblems(node: INode, descriptions: Descriptions): string[] {
  const description = descriptions.get(node.type);
  const problems = credentialProblems(node);
  if (description) {
    if (![description.version].flat().includes(node.typeVersion)) problems.push(versionProblem(node));
    return [
      ...problems,
      ...unknownFields(node.parameters, description.properties).map(
        (path) => `"${node.name}" has the parameter ${path}, which ${description.displayName} does not know.`,
      ),
    ];
  }
  const known = N8N_NODES.get(node.type);
  if (!known) return [...problems, `"${node.name}" is of the type ${node.type}, which templates do not use.`];
  return known.versions.includes(node.typeVersion) ? problems : [...problems, versionProblem(node)];
}

const versionProblem = ({ name, type, typeVersion }: INode): string =>
  `"${name}" has version ${typeVersion} of ${type}, which is not known here.`;

function credentialProblems({ name, credentials = {} }: INode): string[] {
  return Object.entries(credentials)
    .filter(([, { id }]) => id !== null)
    .map(([type]) => `"${name}" points to somebody's credential ${type}. Its id has to be null.`);
}

/** Paths of values that no field stands for, also within collections. */
function unknownFields(values: object, properties: readonly INodeProperties[], at = ''): string[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const fields = properties.filter((property) => property.name === name);
    if (fields.length === 0) return [`${at}${name}`];
    const ways = fields.map((field) => unknownWithin(value, field, `${at}${name}.`));
    // Fields of the same name take turns, as channels or operations do: one of them has to know it all.
    return ways.find((way) => way.length === 0) ?? ways[0] ?? [];
  });
}

function unknownWithin(value: unknown, field: INodeProperties, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const options = field.options ?? [];
  if (field.type === 'collection') return unknownFields(value, options as INodeProperties[], at);
  if (field.type !== 'fixedCollection') return [];
  const groups = options as { name: string; values: INodeProperties[] }[];
  return Object.entries(value).flatMap(([name, rows]: [string, unknown]) => {
    const group = groups.find((one) => one.name === name);
    if (!group) return [`${at}${name}`];
    return ([rows].flat() as object[]).flatMap((row) => unknownFields(row, group.values, `${at}${name}.`));
  });
}

function outputsOf({ type, parameters }: INode, descriptions: Descriptions): number {
  const outputs = descriptions.get(type)?.outputs;
  if (Array.isArray(outputs)) return outputs.length;
  // Written as an expression, they depend on the parameters.
  if (outputs !== undefined) return Infinity;
  if (type === 'n8n-nodes-base.switch') return switchOutputs(parameters);
  return N8N_NODES.get(type)?.outputs ?? Infinity;
}

function switchOutputs(parameters: INode['parameters']): number {
  const { rules, options } = parameters as { rules?: { values?: unknown[] }; options?: { fallbackOutput?: unknown } };
  return (rules?.values?.length ?? 0) + (options?.fallbackOutput === 'extra' ? 1 : 0);
}

function connectionProblems({ nodes, connections }: Template, descriptions: Descriptions): string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return Object.entries(connections).flatMap(([from, { main = [] }]) => {
    const node = byName.get(from);
    if (!node) return [`A connection begins at "${from}", which does not exist.`];
    const used = main.findLastIndex((targets) => (targets ?? []).length > 0) + 1;
    const most = outputsOf(node, descriptions);
    return [
      ...(used > most ? [`"${from}" has ${most} outputs, but output ${used} is connected.`] : []),
      ...targetsOf(connections, from)
        .filter((to) => !byName.has(to))
        .map((to) => `"${from}" is connected to "${to}", which does not exist.`),
    ];
  });
}

const targetsOf = (connections: IConnections, from: string): string[] =>
  (connections[from]?.['main'] ?? []).flatMap((targets) => (targets ?? []).map(({ node }) => node));

function reachProblems(steps: readonly INode[], connections: IConnections, descriptions: Descriptions): string[] {
  const triggers = steps.filter(({ type }) => descriptions.get(type)?.group.includes('trigger'));
  const reached = new Set(triggers.map(({ name }) => name));
  for (const name of reached) for (const next of targetsOf(connections, name)) reached.add(next);
  return [
    ...(triggers.length === 0 ? ['There is no trigger.'] : []),
    ...steps.filter(({ name }) => !reached.has(name)).map(({ name }) => `"${name}" cannot be reached from a trigger.`),
  ];
}

/** Both ways go on, or the journey ends there for everybody. */
function sendProblems(steps: readonly INode[], connections: IConnections): string[] {
  return steps
    .filter(({ type }) => type.endsWith('.channelSend'))
    .filter(({ name }) => {
      const [sent = [], notSent = []] = connections[name]?.['main'] ?? [];
      return ((sent ?? []).length === 0) !== ((notSent ?? []).length === 0);
    })
    .map(({ name }) => `"${name}" goes on at one of its outputs only: who comes out at the other is lost.`);
}

/** One journey has the file's name; what goes with it begins with that name. */
function keyProblems(key: string, steps: readonly INode[]): string[] {
  const triggers = steps.filter(({ type }) => type.endsWith('.journeyTrigger'));
  const keys = triggers.map(({ parameters }) => parameters['journeyKey'] as string);
  const strange = keys.filter((one) => one !== key && !one.startsWith(`${key}-`));
  const isIntake = steps.some(({ type }) => type.endsWith('.commerceTrigger'));
  return [
    ...strange.map((one) => `The journey key "${one}" is not the file's name "${key}".`),
    ...(keys.includes(key) || isIntake ? [] : [`No Journey Trigger has the journey key "${key}".`]),
    ...doubles(keys).map((one) => `Two Journey Triggers have the journey key "${one}".`),
  ];
}

/** What operators edit stands in one place, and has all that a text or branch asks for, and nothing else. */
function settingsProblems(key: string, { nodes }: Template): string[] {
  const [settings, ...others] = nodes.filter(({ name }) => name === 'Settings');
  if (!settings) return key === SETTINGS_AS_YOU_LIKE ? [] : ['There is no node called Settings.'];
  if (others.length > 0) return ['There is more than one node called Settings.'];
  const { assignments } = settings.parameters as { assignments?: { assignments?: { name: string }[] } };
  const given = new Set((assignments?.assignments ?? []).map(({ name }) => name));
  const asked = new Set(
    nodes
      .filter((node) => node !== settings && node.type !== NOTE)
      .flatMap(({ parameters }) => JSON.stringify(parameters).match(/\bsettings\.[A-Za-z]\w*/g) ?? []),
  );
  return [
    ...[...asked].filter((name) => !given.has(name)).map((name) => `${name} is used, but Settings does not have it.`),
    ...[...given]
      .filter((name) => name.startsWith('settings.') && !asked.has(name))
      .map((name) => `Settings has ${name}, which nothing uses.`),
  ];
}

function noteProblems(nodes: readonly INode[]): string[] {
  const notes = nodes.filter(({ type }) => type === NOTE);
  const steps = nodes.length - notes.length;
  return notes.length > steps
    ? []
    : [`There are ${notes.length} notes for ${steps} steps. Each step has one, and so has the whole.`];
}

const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const LINK = /https?:\/\/([^/\s"'<>\\)?]+)/g;
const PHONE = /\+\d[\d ()/-]{7,}\d/g;

/** Addresses and links are those that nobody owns (RFC 2606). */
function personalProblems(template: Template): string[] {
  const text = JSON.stringify(template);
  const hosts = [...text.matchAll(LINK)].map(([, host = '']) => host);
  return [
    ...(text.match(ADDRESS) ?? []).filter((mail) => !isExample(mail.split('@')[1] ?? '')).map(belongs),
    ...hosts.filter((host) => !isExample(host)).map(belongs),
    ...(text.match(PHONE) ?? []).map(belongs),
  ];
}

/** What has no dot, such as `your-shop`, is no address in the net. */
const isExample = (host: string): boolean => !host.includes('.') || /(^|\.)example\.com$/.test(host);
const belongs = (what: string): string => `"${what}" may be somebody's. Use example.com, or leave it out.`;

const doubles = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
