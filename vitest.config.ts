import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/netns/**', 'test/machines/**', 'node_modules/**'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    globalSetup: 'test/support/build.ts',
    testTimeout: 30_000,
    // The addon keeps state per environment: forks show a crash as a crash.
    pool: 'forks',
    // One more than there would be: most of them wait for a child.
    maxWorkers: '100%',
  },
})
