import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@atelier/contracts': resolve(import.meta.dirname, 'contracts/src/index.ts') } },
  test: {
    environment: 'node',
    include: [
      'src/**/*.spec.ts',
      'contracts/src/**/*.spec.ts',
      'gpu-fleet/src/**/*.spec.ts',
      'ui-kit/src/**/*.spec.ts',
      'studio-ui/src/**/*.spec.ts',
      'admin-ui/src/**/*.spec.ts',
      'test/**/*.spec.ts',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.atelier-tests.json' }]],
  },
});
