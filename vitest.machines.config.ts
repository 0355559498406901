import { defineConfig } from 'vitest/config'

/** After `make -C native machines`, which says what Debian packages that needs. */
export default defineConfig({
  test: {
    include: ['test/machines/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
  },
})
