import { defineConfig } from 'vitest/config'

/** Needs what Debian calls clang-19, lld-19 and llvm-19, and Linux to measure memory. */
export default defineConfig({
  test: {
    include: ['test/apple/**/*.test.mjs'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
  },
})
