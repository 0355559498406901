import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createPublicKey, createHash, X509Certificate } from 'node:crypto'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Scene, Version } from './scene.js'

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-gpu',
  '--disable-sync',
  '--no-first-run',
]

/** What Chromium knows a certificate by whose issuer it need not know. */
function keyHash(certificate: string): string {
  const key = createPublicKey(new X509Certificate(readFileSync(certificate)).toString())
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}

/**
 * Chromium without a window, within a scene; Playwright speaks with it by pipes, which are in no network.
 * `http3`: hosts that it asks by QUIC and by nothing else.
 */
export async function startChromium(
  scene: Scene,
  version: Version,
  http3: readonly string[] = [],
): Promise<BrowserContext> {
  const start = scene.at(`chromium${version}`)
  const words = [...scene.within(version), '/usr/bin/chromium'].map((word) => `'${word}'`)
  writeFileSync(start, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(start, 0o755)
  const quic = http3.map((host) => `${host}:443`).join()
  return chromium.launchPersistentContext(mkdtempSync(scene.at('profile-')), {
    executablePath: start,
    chromiumSandbox: false,
    args: [
      ...QUIET,
      `--ignore-certificate-errors-spki-list=${keyHash(scene.at('cert.pem'))}`,
      ...(quic ? ['--enable-quic', `--origin-to-force-quic-on=${quic}`] : []),
    ],
    viewport: { width: 900, height: 600 },
    timeout: 60_000,
  })
}
