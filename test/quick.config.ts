import { defineConfig } from 'vitest/config';
import whole from '../vitest.config.ts';

/** `npm run test:quick` runs only tests without real servers, so it starts none. */
export default defineConfig({
  test: {
    ...whole.test,
    include: ['test/unit/**/*.test.ts', 'test/workflow/**/*.test.ts', 'test/tidy.test.ts'],
    globalSetup: ['test/scratch.ts'],
  },
});
