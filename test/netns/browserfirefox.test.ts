import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Firefox } from '../support/firefox.js'
import { Scene, VERSIONS } from '../support/scene.js'
import { AT_ONCE, browserCases, isStopped, judgedFlow, Seen } from '../support/scenecases.js'

/** How Firefox comes to a host. */
const WAYS = {
  http: { scheme: 'http', http: 'HTTP/1.1', protocol: 'http' },
  h2: { scheme: 'https', http: 'HTTP/2.0', protocol: 'https' },
} as const
const { cases: CASES, goingOn: GOING_ON } = browserCases('firefox', WAYS)

let scene: Scene
beforeAll(async () => {
  const hosts = [...CASES.map(({ host }) => host), ...GOING_ON]
  scene = await Scene.open(hosts.map((name) => ({ name })))
}, 60_000)
afterAll(() => scene.close())

describe.each(VERSIONS)('Firefox over IPv%i', (version) => {
  let firefox: Firefox
  beforeAll(async () => {
    firefox = await Firefox.start(scene, version)
  }, 90_000)
  afterAll(() => firefox.close())

  const own = CASES.filter((each) => each.version === version)
  const body = (): Promise<string> => firefox.evaluate('document.body.innerText.trim()')

  it.each(own.filter((each) => !isStopped(each)))('reaches $host', async ({ client, host }) => {
    const { scheme, http } = WAYS[client]
    await firefox.goto(`${scheme}://${host}/`)
    expect(await body()).toBe(`reached ${host} ${http}`)
  })

  const pages = own.filter((each) => isStopped(each) && each.client === 'http')
  it.each(pages)('shows the page about $host', async ({ judgement, host }) => {
    await firefox.goto(`http://${host}/secret`)
    const isBlocked = judgement === 'blocked'
    expect(await firefox.evaluate('document.title')).toContain(host)
    const heading = await firefox.evaluate('document.querySelector("h1").innerText')
    expect(heading).toMatch(isBlocked ? /blocked/ : /held back/)
    expect(await body()).toMatch(/policy\.yaml.*indicator.*Answered on this device by Weir\.$/s)
    const links = await firefox.evaluate('String(document.querySelectorAll("a").length)')
    expect(links).toBe(isBlocked ? '0' : '1')
  })

  const errors = own.filter((each) => isStopped(each) && each.client !== 'http')
  it.each(errors)('shows its own error at once for $host', async ({ host }) => {
    await expect(firefox.goto(`https://${host}/`)).rejects.toThrow('NS_ERROR_NET_RESET')
    expect(await firefox.evaluate('document.documentURI')).toMatch(/^about:neterror\?.*was%20reset/)
  })

  it('goes on by a click where it was warned', async () => {
    const host = `going-on-${version}.warned.test`
    await firefox.goto(`http://${host}/`)
    await firefox.evaluate('document.querySelector("a").click()')
    await expect.poll(body, { timeout: 10_000 }).toBe(`reached ${host} HTTP/1.1`)
    await firefox.goto(`https://${host}/`)
    expect(await body()).toBe(`reached ${host} HTTP/2.0`)
  })
})

describe('of all that', () => {
  let seen: Seen
  beforeAll(async () => {
    seen = await Seen.of(scene)
  })

  it.each(CASES)('the records of $host are right', (each) => {
    const { client, version, judgement, host } = each
    const flows = seen.flows(host)
    const ip = scene.address(host, version)
    expect(flows.length).toBeGreaterThan(0)
    for (const flow of flows)
      expect(flow).toMatchObject(judgedFlow(judgement, isStopped(each), WAYS[client].protocol, ip))
  })

  /** The best of a host's flows: a browser leaves others few turns on a small machine, which is not Weir's delay. */
  it.each(CASES.filter(isStopped))(`$host is answered within ${AT_ONCE} ms`, ({ host }) => {
    expect(Math.min(...seen.answerTimes(host))).toBeLessThan(AT_ONCE)
  })
})
