import { defineConfig } from 'vitest/config';
import whole from '../vitest.config.ts';

/** `npm run test:quick`: tests that ask no real server, so that none is started. */
export default defineConfig({
  test: {
    ...whole.test,
    include: ['test/unit/**/*.test.ts', 'test/workflow/**/*.test.ts', 'test/tidy.test.ts'],
    globalSetup: ['test/scratch.ts'],
  },
});
