import { defineConfig } from 'vitest/config'

/**
 * Needs root, and what Debian calls iproute2, bind9-dnsutils, knot-dnsutils, curl, openssl, tcpdump, python3,
 * ngtcp2-client, wget, nghttp2-client, openssh-client, openssh-server, caddy, chromium and firefox-esr.
 */
export default defineConfig({
  test: {
    include: ['test/netns/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Each has the machine to itself: some measure times.
    fileParallelism: false,
  },
})
