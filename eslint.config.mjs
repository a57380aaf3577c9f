/** Type-aware rules everywhere; n8n's node rules on the canvas parts; the layers of the service may only point inwards. */
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';

/** `folder` may not import what `banned` match. */
const layer = (folder, message, banned, extra = {}) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex: banned, message, ...extra }] }],
  },
});

/** Other folders of the service, and what only those further out may use. */
const without = (folders, ...others) => [`\\.\\./(${folders})/`, ...others].join('|');
const OUTER = 'api|activities|commands|deliverer|dispatcher|import|intake|n8n|rendering|tracker';
const HTTP = '^(fastify|axios)$|^@fastify|/(service|worker|cli)\\.ts$';

const OTHER_NODES =
  '\\.\\./(ChannelSend|CommerceTrigger|Customer|Journey|JourneyTrigger|JourneyWait|Replenishment|RfmScore|Suppression)/';

const nodeBuiltIns =
  '^(node:|(assert|buffer|child_process|cluster|crypto|dns|events|fs|http|https|net|os|path|process|stream|timers|tls|url|util|worker_threads|zlib)(/|$))';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**', '.artifacts/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },

  layer(
    'temporal/domain',
    'domain has pure rules only: it knows neither the store nor HTTP nor Temporal.',
    without(`store|workflows|${OUTER}`, '^(kysely|fastify|pg|axios)$|^@temporalio|^node:(fs|net|http|child_process)'),
  ),
  layer(
    'temporal/rendering',
    'rendering makes messages out of templates: it knows domain only, neither the store nor HTTP.',
    without(`store|workflows|${OUTER}`, HTTP, '^kysely$|^@temporalio|^node:(fs|net|http|child_process)'),
  ),
  layer(
    'temporal/store',
    'store knows domain, and the types of workflow messages, only.',
    without(OUTER, HTTP, '^@temporalio'),
  ),
  layer(
    'temporal/intake',
    'intake brings what domain has decided into the store: no SQL, no HTTP, no Temporal, and not who calls it.',
    without(OUTER.replace('intake|', ''), HTTP, '^kysely$|^@temporalio'),
  ),
  layer(
    'temporal/import',
    'import reads files into intake and store: no SQL, no HTTP, no Temporal.',
    without('api|activities|commands|deliverer|dispatcher|n8n|tracker', HTTP, '^kysely$|^@temporalio'),
  ),
  layer(
    'temporal/deliverer',
    'The deliverer takes from the store and calls n8n: it knows neither intake nor the HTTP API.',
    without('api|activities|commands|dispatcher|import|intake|tracker', HTTP, '^kysely$|^@temporalio'),
  ),
  layer(
    'temporal/workflows',
    'Workflow code is deterministic: no Node built-ins, no activity code, no store. Types of messages and domain are fine.',
    `${nodeBuiltIns}|\\.\\./(store|settings|${OUTER})|^(kysely|fastify|pg|axios|pino|luxon)$|^@temporalio/(client|worker|activity)`,
  ),
  layer('temporal/activities', 'activities know domain and store, not the HTTP API.', without('api|commands|import')),
  layer(
    'temporal/api',
    'Routes read, call intake or store, and answer: no SQL, no Temporal, none of what runs beside them.',
    without('activities|commands|deliverer|dispatcher|import|workflows', '^kysely$|^@temporalio'),
  ),
  layer(
    'temporal/api/gateway',
    'The public gateway knows nothing of the routes behind the API key, but how events are taken in.',
    without(
      'activities|commands|deliverer|dispatcher|import|workflows',
      '^kysely$|^@temporalio',
      '\\.\\./(?!context|events|metrics|problem|requestBodies|trackerCode)[A-Za-z]+\\.ts$',
    ),
  ),
  layer('temporal/tracker', 'The tracker is one script for browsers: it imports nothing.', '.'),
  layer(
    'nodes',
    'Nodes know only the HTTP contract and not each other: types may be imported from the service, code not; what two nodes share has a folder of its own.',
    `/temporal/|${OTHER_NODES}`,
    { allowTypeImports: true },
  ),
  layer(
    'nodes/ChannelSend/providers',
    'Providers know messages and answers: neither the fields of a channel nor the service (types of the contract are fine).',
    `/temporal/|\\.\\./(channels|sends)/|journeysApi|serviceCalls|${OTHER_NODES}`,
    { allowTypeImports: true },
  ),
  layer('credentials', 'Credentials import n8n only.', '/temporal/'),

  {
    files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
    plugins: { '@n8n/community-nodes': n8nCommunityNodesPlugin },
    rules: n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport.rules,
  },
  {
    files: ['nodes/**/*.ts'],
    plugins: { 'n8n-nodes-base': n8nNodesBase },
    rules: {
      ...n8nNodesBase.configs.nodes.rules,
      // Written for the connection literals of n8n 0.x; the community rules above ask for NodeConnectionTypes.
      'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
      'n8n-nodes-base/node-class-description-inputs-wrong-trigger-node': 'off',
      'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
    },
  },
  {
    files: ['credentials/**/*.ts'],
    plugins: { 'n8n-nodes-base': n8nNodesBase },
    rules: {
      ...n8nNodesBase.configs.credentials.rules,
      // These two want n8n's own documentation slugs; a community package links to its repository.
      'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
      'n8n-nodes-base/cred-class-field-documentation-url-not-http-url': 'off',
    },
  },
  {
    files: ['package.json'],
    languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
    plugins: { '@n8n/community-nodes': n8nCommunityNodesPlugin, 'n8n-nodes-base': n8nNodesBase },
    rules: {
      ...n8nNodesBase.configs.community.rules,
      'n8n-nodes-base/community-package-json-name-still-default': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      'no-unused-expressions': 'off',
    },
  },
  {
    // Answers of every shape are looked into, and `expect.any()` is of type any.
    files: ['test/**/*.ts'],
    rules: Object.fromEntries(
      ['assignment', 'member-access', 'call', 'return', 'argument'].map((use) => [
        `@typescript-eslint/no-unsafe-${use}`,
        'off',
      ]),
    ),
  },
  prettier,
);
