import { defineConfig } from 'vitest/config'

/** Needs what Debian calls clang-19, lld-19 and llvm-19. */
export default defineConfig({
  test: {
    include: ['test/apple/**/*.test.mjs'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
  },
})
