// What the administrator configured of a run, in the inventory's words: no name, path or address is among them.
import type { Features } from '../telemetry/usage.js'
import type { RunOptions } from './runoptions.js'
import type { RulesInForce } from './runrules.js'

export const featuresOf = (options: RunOptions, rules: RulesInForce): Features => ({
  features: [...new Set(words(options))].sort(),
  protection: rules.protection,
  lists: rules.lists,
  rules: rules.size,
})

function words(options: RunOptions): string[] {
  const { guard, dns, pcap, sinks, engine } = options
  const isSet: readonly (readonly [string, unknown])[] = [
    ['guard', guard],
    ['guard.observe', guard?.observe],
    [`dns.${dns?.mode ?? ''}`, dns],
    ['page', options.page],
    ['warn-page', options.warnPage],
    ['hairpin', options.hairpin],
    ['history', options.history],
    ['records', options.records],
    ['pcap', pcap],
    ['pcap.payload', pcap?.payload],
    ['trust', options.trust.length],
    [`preset.${engine.preset ?? ''}`, engine.preset],
    ['user', options.user],
  ]
  const schemes = (sinks?.urls ?? []).map((url) => `sink.${url.split(':')[0]!.replace('+', '-')}`)
  return [...isSet.flatMap(([word, value]) => (value ? [word] : [])), ...schemes]
}
