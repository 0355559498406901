import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from '../support/browser.js'
import { Scene, VERSIONS } from '../support/scene.js'
import { AT_ONCE, browserCases, isStopped, judgedFlow, Seen } from '../support/scenecases.js'

/** How Chromium comes to a host, and the error page that it shows where that is stopped. */
const WAYS = {
  http: { scheme: 'http', http: 'HTTP/1.1', protocol: 'http', error: undefined },
  h2: { scheme: 'https', http: 'HTTP/2.0', protocol: 'https', error: 'ERR_CONNECTION_RESET' },
  h3: { scheme: 'https', http: 'HTTP/3.0', protocol: 'http3', error: 'ERR_QUIC_PROTOCOL_ERROR' },
} as const
const { cases: CASES, goingOn: GOING_ON } = browserCases('chromium', WAYS)

let scene: Scene
beforeAll(async () => {
  const hosts = [...CASES.map(({ host }) => host), ...GOING_ON]
  scene = await Scene.open(hosts.map((name) => ({ name })))
  await scene.startHttp3()
}, 60_000)
afterAll(() => scene.close())

describe.each(VERSIONS)('Chromium over IPv%i', (version) => {
  let browser: BrowserContext
  let page: Page
  beforeAll(async () => {
    const own = CASES.filter((each) => each.version === version && each.client === 'h3')
    browser = await startChromium(
      scene,
      version,
      own.map(({ host }) => host),
    )
    page = await browser.newPage()
  }, 60_000)
  afterAll(() => browser.close())

  const own = CASES.filter((each) => each.version === version)
  const body = (): Promise<string> => page.innerText('body')

  it.each(own.filter((each) => !isStopped(each)))('reaches $host', async ({ client, host }) => {
    const { scheme, http } = WAYS[client]
    const response = await page.goto(`${scheme}://${host}/`)
    expect(response!.status()).toBe(200)
    expect(await body()).toBe(`reached ${host} ${http}`)
  })

  const pages = own.filter((each) => isStopped(each) && each.client === 'http')
  it.each(pages)('shows the page about $host', async ({ judgement, host }) => {
    const response = await page.goto(`http://${host}/secret`)
    expect(response!.status()).toBe(403)
    expect(await page.title()).toContain(host)
    expect(await page.innerText('h1')).toMatch(judgement === 'blocked' ? /blocked/ : /held back/)
    expect(await page.innerText('b')).toBe(host)
    expect(await body()).toMatch(/policy\.yaml.*indicator.*Answered on this device by Weir\.$/s)
    expect(await page.locator('a').count()).toBe(judgement === 'blocked' ? 0 : 1)
    expect(await page.evaluate('document.compatMode')).toBe('CSS1Compat')
    await looksWell(page)
  })

  const errors = own.filter((each) => isStopped(each) && each.client !== 'http')
  it.each(errors)('shows its own error at once for $host', async ({ client, host }) => {
    const { error } = WAYS[client]
    // Three times, for the times below: on a busy machine one is late now and then.
    for (let i = 0; i < 3; i++)
      await expect(page.goto(`https://${host}/`, { timeout: 10_000 })).rejects.toThrow(error)
    expect(await body()).toContain(error)
  })

  it('goes on by a click where it was warned', async () => {
    const host = `going-on-${version}.warned.test`
    await page.goto(`http://${host}/`)
    await page.click('a')
    await page.waitForURL(`http://${host}/`)
    expect(await body()).toBe(`reached ${host} HTTP/1.1`)
    await page.goto(`https://${host}/`)
    expect(await body()).toBe(`reached ${host} HTTP/2.0`)
  })
})

/** Text is inside of the window, whatever its width, and can be read in light and in dark. */
async function looksWell(page: Page): Promise<void> {
  for (const width of [320, 900]) {
    await page.setViewportSize({ width, height: 600 })
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(width)
  }
  const colours: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    colours.push(await page.evaluate<string>('getComputedStyle(document.body).color'))
  }
  expect(colours).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])
}

describe('of all that', () => {
  let seen: Seen
  beforeAll(async () => {
    seen = await Seen.of(scene)
  })

  it.each(CASES)('the records of $host are right', (each) => {
    const { client, version, judgement, host } = each
    const flows = seen.flows(host)
    expect(flows.length).toBeGreaterThan(0)
    const ip = scene.address(host, version)
    for (const flow of flows)
      expect(flow).toMatchObject(judgedFlow(judgement, isStopped(each), WAYS[client].protocol, ip))
  })

  it.each(GOING_ON)('the records of %s say that it went on', (host) => {
    const gone = seen.flows(host).filter((flow) => flow.reason === 'bypass')
    expect(new Set(gone.map((flow) => flow.protocol))).toEqual(new Set(['http', 'https']))
    for (const flow of gone) expect(flow).toMatchObject({ verdict: 'pass', action: 'warn' })
  })

  /** The best of a host's flows: a browser leaves others few turns on a small machine, which is not Weir's delay. */
  it.each(CASES.filter(isStopped))(`$host is answered within ${AT_ONCE} ms`, ({ host }) => {
    expect(Math.min(...seen.answerTimes(host))).toBeLessThan(AT_ONCE)
  })
})
