/** One PostgreSQL for all service tests; every store in it is a database of its own. */
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgresServer.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await PostgresServer.create();
  project.provide('postgresUrl', server.url());
  return () => server.remove();
}
