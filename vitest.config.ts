import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/scratch.ts', 'test/servers/global-setup.ts'],
    setupFiles: ['tools/ends-with-its-parent.mjs'], // a worker whose run was killed would test on
    pool: 'forks', // CDK's synth and child processes do not work inside worker threads
    maxWorkers: 2,
    // test/synthesized.ts has them synthesized by another process, so Vitest does not see that tests depend on them.
    forceRerunTriggers: [...configDefaults.forceRerunTriggers, fileURLToPath(new URL('infra/**', import.meta.url))],
    // Only what hangs runs into these limits. On a busy computer everything takes ten times as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Vitest would exit after this time without a failure. test/teardown/in-time.ts kills the run earlier, and says why.
    teardownTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
    server: { deps: { external: [/asset\.[0-9a-f]+/] } },
    env: {
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_DEV: 'false',
      CDK_VALIDATION: 'false',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  },
});
