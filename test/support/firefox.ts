import { mkdtempSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Program } from './namespace.js'
import type { Scene, Version } from './scene.js'

const RELAY = fileURLToPath(new URL('../netns/bidirelay.mjs', import.meta.url))
const PORT = '9222'

/** Nothing is asked for but what a test asks for. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.security.https_first': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.http.http3.enable': false,
  'network.prefetch-next': false,
  'network.trr.mode': 5,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
}

interface Answer {
  readonly id?: number
  readonly type: 'success' | 'error' | 'event'
  readonly result?: unknown
  readonly message?: string
}

/** Firefox without a window, within a scene, driven by WebDriver BiDi. */
export class Firefox {
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #context = ''
  #count = 0

  private constructor(
    readonly browser: Program,
    readonly relay: Program,
  ) {
    createInterface({ input: relay.child.stdout! }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer)
    })
  }

  static async start(scene: Scene, version: Version): Promise<Firefox> {
    const profile = mkdtempSync(scene.at('firefox-'))
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    )
    writeFileSync(`${profile}/user.js`, lines.join(''))
    const options = ['--headless', '--no-remote', '--remote-debugging-port', PORT]
    const env = ['env', `HOME=${profile}`, 'MOZ_REMOTE_SETTINGS_DEVTOOLS=1']
    const browser = scene.start(version, ...env, 'firefox-esr', ...options, '--profile', profile)
    const firefox = new Firefox(browser, scene.start(version, process.execPath, RELAY, PORT))
    await firefox.ask('session.new', {
      capabilities: { alwaysMatch: { acceptInsecureCerts: true } },
    })
    const { contexts } = await firefox.ask<{ contexts: { context: string }[] }>(
      'browsingContext.getTree',
      {},
    )
    firefox.#context = contexts[0]!.context
    return firefox
  }

  /** A command of WebDriver BiDi; fails with what the browser says against it. */
  async ask<T>(method: string, params: object): Promise<T> {
    const id = ++this.#count
    this.relay.child.stdin!.write(`${JSON.stringify({ id, method, params })}\n`)
    const answer = await new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#waiting.delete(id)
    if (answer.type === 'error') throw new Error(answer.message)
    return answer.result as T
  }

  /** Loads a page to its end; fails with the error that Firefox shows instead. */
  async goto(url: string): Promise<void> {
    await this.ask('browsingContext.navigate', { context: this.#context, url, wait: 'complete' })
  }

  /** What a script in the page gives, a text. */
  async evaluate(expression: string): Promise<string> {
    const target = { context: this.#context }
    const params = { expression, target, awaitPromise: true }
    const { result } = await this.ask<{ result: { value?: string } }>('script.evaluate', params)
    return result.value ?? ''
  }

  /** The window as PNG. */
  async screenshot(): Promise<Buffer> {
    const params = { context: this.#context }
    const { data } = await this.ask<{ data: string }>('browsingContext.captureScreenshot', params)
    return Buffer.from(data, 'base64')
  }

  async close(): Promise<void> {
    await this.relay.stop('SIGKILL')
    await this.browser.stop('SIGKILL')
  }
}
