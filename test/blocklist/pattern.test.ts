import { expect, test } from 'vitest'
import {
  readAdblockPattern,
  readEnding,
  WILDCARD_PROBLEM,
} from '../../src/blocklist/pattern/pattern.js'

const wildcard = (head: string, ended: boolean, ...pieces: string[]): object => ({
  kind: 'wildcard',
  head,
  ended,
  pieces,
})

test.each([
  ['-banner-ads-', wildcard('anywhere', false, '-banner-ads-')],
  ['|adsTracking.', wildcard('start', false, 'adstracking.')],
  ['||ads*.example^', wildcard('label', true, 'ads', '.example')],
  ['||ads*.example^|', wildcard('label', true, 'ads', '.example')],
  ['|https://ads.', wildcard('start', false, 'ads.')],
  ['|//ads.', wildcard('start', false, 'ads.')],
  ['://beacons*.example^', wildcard('start', true, 'beacons', '.example')],
  ['.example|', wildcard('anywhere', true, '.example')],
  // A star at either end lets anything stand there.
  ['||*.example^', wildcard('anywhere', true, '.example')],
  ['|ads*^', wildcard('start', false, 'ads')],
  ['ads***track', wildcard('anywhere', false, 'ads', 'track')],
  // Searched in the text of addresses, too.
  ['|192.0.2.', wildcard('start', false, '192.0.2.')],
  ['|2001:db8:', wildcard('start', false, '2001:db8:')],
])('%s', (text, expected) => {
  expect(readAdblockPattern(text)).toEqual(expected)
})

test.each([
  ['ad', WILDCARD_PROBLEM.short],
  ['||ads.example/banner', WILDCARD_PROBLEM.path],
  ['|http://ads.example/', WILDCARD_PROBLEM.path],
  ['ads^banner', WILDCARD_PROBLEM.path],
  ['ads|banner', WILDCARD_PROBLEM.path],
  ['||*^', WILDCARD_PROBLEM.everything],
  ['***', WILDCARD_PROBLEM.everything],
  ['|||', WILDCARD_PROBLEM.everything],
  ['://', WILDCARD_PROBLEM.everything],
  ['ads?id=', WILDCARD_PROBLEM.character],
  ['||bücher*.example^', WILDCARD_PROBLEM.character],
  ['ads\0track', WILDCARD_PROBLEM.character],
  ['a'.repeat(254), WILDCARD_PROBLEM.long],
])('%j is refused', (text, problem) => {
  expect(readAdblockPattern(text)).toBe(problem)
})

test("dnsmasq's endings know no labels", () => {
  expect(readEnding('Ads.example')).toEqual(wildcard('anywhere', true, 'ads.example'))
  expect(readEnding('')).toBe(WILDCARD_PROBLEM.everything)
  expect(readEnding('a*b')).toBe(WILDCARD_PROBLEM.character)
})
