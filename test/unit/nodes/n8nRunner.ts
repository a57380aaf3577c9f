/** Runs workflows of our built nodes through n8n-core in this process: the loader, the engine and the contexts are n8n's own. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Core from 'n8n-core';
import type * as N8nWorkflow from 'n8n-workflow';
import type { IDataObject, INode, INodeExecutionData, IRun, WorkflowExecuteMode } from 'n8n-workflow';
import { buildNodes } from '../../../host/build.ts';

export const PACKAGE = 'n8n-nodes-commerce-journeys';
const packageDirs: string[] = [];
const ROOT = join(import.meta.dirname, '..', '..', '..');

// n8n keeps its settings file in the user folder as soon as its modules are loaded.
const userFolder = mkdtempSync(join(tmpdir(), 'n8n-runner-'));
process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_ENCRYPTION_KEY = 'only-for-tests';

// The bundles require n8n-workflow: classes are the same only when the engine is required as well.
const require = createRequire(import.meta.url);
require('reflect-metadata');
const core = require('n8n-core') as typeof Core;
export const workflowModule = require('n8n-workflow') as typeof N8nWorkflow;

export type Credentials = Record<string, IDataObject>;

export interface NodeToRun {
  name: string;
  /** Without the package name for ours. */
  type: string;
  parameters?: IDataObject;
  id?: string;
  onError?: INode['onError'];
}

export interface RunRequest {
  node: NodeToRun;
  items: IDataObject[];
  mode?: WorkflowExecuteMode;
  /** As if the node's webhook had started the execution. */
  startedByWebhook?: boolean;
  executionId?: string;
}

export interface RunOutcome {
  outputs: INodeExecutionData[][];
  error: N8nWorkflow.ExecutionBaseError | undefined;
  hints: string[];
  run: IRun;
}

export class N8nRunner {
  readonly #packageDir: string;
  readonly #credentials: Credentials;
  #loader!: Core.PackageDirectoryLoader;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.#packageDir = join(ROOT, '.artifacts', `nodes-${process.pid}-${randomUUID()}`);
    packageDirs.push(this.#packageDir);
  }

  /** Builds the package as it is published, and loads it as n8n does. */
  async load(): Promise<this> {
    await buildNodes(join(this.#packageDir, 'dist'));
    mkdirSync(this.#packageDir, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object;
    writeFileSync(join(this.#packageDir, 'package.json'), JSON.stringify({ ...manifest, type: undefined }));
    this.#loader = new core.PackageDirectoryLoader(this.#packageDir);
    await this.#loader.loadAll();
    return this;
  }

  /** Also what other runners of this test file have built. */
  unload(): void {
    for (const folder of packageDirs) rmSync(folder, { recursive: true, force: true });
    rmSync(userFolder, { recursive: true, force: true });
  }

  get loader(): Core.PackageDirectoryLoader {
    return this.#loader;
  }

  nodeType(name: string): N8nWorkflow.INodeType {
    const type = this.#loader.nodeTypes[name.replace(`${PACKAGE}.`, '')]?.type;
    if (!type) throw new Error(`There is no node type ${name}`);
    return type as N8nWorkflow.INodeType;
  }

  credentialType(name: string): N8nWorkflow.ICredentialType {
    const type = this.#loader.credentialTypes[name]?.type;
    if (!type) throw new Error(`There is no credential type ${name}`);
    return type;
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    const { node: given, items, mode = 'webhook', startedByWebhook = false, executionId = '41' } = request;
    const node: INode = {
      id: given.id ?? 'node-1',
      name: given.name,
      type: `${PACKAGE}.${given.type}`,
      typeVersion: 1,
      position: [0, 0],
      parameters: (given.parameters ?? {}) as INode['parameters'],
      credentials: Object.fromEntries(Object.keys(this.#credentials).map((name) => [name, { id: name, name }])),
      ...(given.onError ? { onError: given.onError } : {}),
    };
    const before: INode = { ...node, id: 'before', name: 'Before', type: `${PACKAGE}.journeyTrigger`, parameters: {} };
    const workflow = this.workflow([before, node], {
      Before: { main: [[{ node: node.name, type: 'main', index: 0 }]] },
    });
    const runData = workflowModule.createRunExecutionData({
      executionData: {
        nodeExecutionStack: [
          {
            node: workflow.nodes[node.name] as INode,
            data: { main: [items.map((json) => ({ json }))] },
            source: startedByWebhook ? null : { main: [{ previousNode: 'Before' }] },
          },
        ],
      },
    });
    const execution = new core.WorkflowExecute(this.additionalData(mode, executionId), mode, runData);
    const run = await execution.processRunExecutionData(workflow);
    const [task] = run.data.resultData.runData[node.name] ?? [];
    return {
      outputs: (task?.data?.main ?? []).map((output) => output ?? []),
      error: run.data.resultData.error,
      hints: (task?.hints ?? []).map(({ message }) => message),
      run,
    };
  }

  workflow(nodes: INode[], connections: N8nWorkflow.IConnections): N8nWorkflow.Workflow {
    return new workflowModule.Workflow({
      id: 'wf1',
      name: 'Cart Recovery',
      nodes,
      connections,
      active: true,
      settings: { executionOrder: 'v1', timezone: 'Europe/Vienna' },
      nodeTypes: {
        getByName: (name: string) => this.nodeType(name),
        getByNameAndVersion: (name: string) => this.nodeType(name),
        getKnownTypes: () => ({}),
      },
    });
  }

  additionalData(mode: WorkflowExecuteMode, executionId: string): N8nWorkflow.IWorkflowExecuteAdditionalData {
    const credentials = this.#credentials;
    const hooks = new core.ExecutionLifecycleHooks(mode, executionId, { name: 'Cart Recovery' } as never);
    return {
      executionId,
      hooks,
      currentNodeExecutionIndex: 0,
      webhookBaseUrl: 'https://n8n.example.com/automation/webhook',
      webhookTestBaseUrl: 'https://n8n.example.com/automation/webhook-test',
      webhookWaitingBaseUrl: 'https://n8n.example.com/automation/webhook-waiting',
      formWaitingBaseUrl: 'https://n8n.example.com/automation/form-waiting',
      instanceBaseUrl: 'https://n8n.example.com/automation/',
      restApiUrl: 'https://n8n.example.com/automation/rest',
      variables: {},
      credentialsHelper: {
        getParentTypes: () => [],
        // As n8n's own credentials helper: a field that expires is asked for when it is empty, and after a 401.
        preAuthentication: async (
          helpers: N8nWorkflow.IHttpRequestHelper,
          data: IDataObject,
          type: string,
          _node: INode,
          hasExpired: boolean,
        ) => {
          const kind = this.credentialType(type);
          const expirable = kind.properties.find(({ typeOptions }) => typeOptions?.expirable)?.name;
          if (!expirable || !kind.preAuthentication || (data[expirable] && !hasExpired)) return undefined;
          const output = await kind.preAuthentication.call(helpers, data as never);
          if (output[expirable] === undefined) return undefined;
          return Object.assign(data, output);
        },
        isCredentialUsableByNode: () => true,
        getDecrypted: (_: unknown, __: unknown, type: string) => Promise.resolve(credentials[type]),
        authenticate: (data: IDataObject, type: string, options: N8nWorkflow.IHttpRequestOptions) => {
          const { authenticate } = this.credentialType(type);
          if (typeof authenticate === 'function') return authenticate(data as never, options);
          return Promise.resolve({
            ...options,
            headers: { ...options.headers, Authorization: `Bearer ${String(data.apiKey as string)}` },
          });
        },
      },
    } as unknown as N8nWorkflow.IWorkflowExecuteAdditionalData;
  }

  get core(): typeof Core {
    return core;
  }
}
