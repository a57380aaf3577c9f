/** One project per kind of test, so that each can be run alone: `npx vitest run --project unit`. */
import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: MINUTE / 2 } },
      {
        test: {
          name: 'service',
          include: ['test/service/**/*.test.ts'],
          globalSetup: ['test/service/postgres.setup.ts'],
          testTimeout: MINUTE,
          hookTimeout: 3 * MINUTE,
        },
      },
      {
        test: {
          name: 'temporal',
          include: ['test/temporal/**/*.test.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 10 * MINUTE,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 5 * MINUTE,
          hookTimeout: 30 * MINUTE,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 5 * MINUTE,
          hookTimeout: 30 * MINUTE,
          maxWorkers: 1,
        },
      },
    ],
  },
});
