// What of a report may go.
import type { GateName, GateValues } from './gates.js'
import { type Destination, INVENTORY, type Item } from './inventory.js'
import { isKind, refuseWrong, unlisted } from './listed.js'
import type { Report } from './reports.js'

/** Gates that a report passes as a whole, or not at all; on the device they close nothing. */
export const WHOLE: ReadonlySet<GateName> = new Set([
  'reports',
  'crash-reports',
  'optional-data',
  'feedback',
])

interface Field {
  readonly item: Item
  readonly value: unknown
}

/** Clears reports; null where nothing of one may go. Throws WEIR_NOT_IN_INVENTORY. */
export function clearReport(
  values: GateValues,
  destination: Destination,
  nameOf: (name: string) => string | null,
): (report: Report) => Report | null {
  const names = values[destination === 'device' ? 'device-names' : 'names']
  const isOpen = (gate: GateName): boolean => {
    if (WHOLE.has(gate)) return destination === 'device' || values[gate] === 'on'
    if (gate === 'names') return names === 'full'
    return values[gate] !== 'off' && values[gate] !== 'none'
  }
  const shown = ({ item, value }: Field): unknown => {
    if (!item.destinations.includes(destination)) return null
    if (item.type === 'name') return nameOf(value as string)
    return isOpen(item.gate) ? value : null
  }
  return (report) => {
    const fields = fieldsOf(report)
    if (!isOpen('reports')) return null
    const cleared = new Map<string, unknown>([['type', report.type]])
    for (const [name, field] of fields) {
      const value = shown(field)
      if (value === null && WHOLE.has(field.item.gate)) return null
      if (value !== null) cleared.set(name, value)
    }
    if (report.type === 'device' && report.deviceIdKind !== values['device-identifier']) {
      cleared.delete('deviceId')
      cleared.delete('deviceIdKind')
    }
    return Object.fromEntries(cleared) as unknown as Report
  }
}

/** The fields of a report with their items; throws where one has none, or is not what it says. */
function fieldsOf(report: Report): Map<string, Field> {
  const { type } = report
  if (!isKind(type)) throw unlisted('a report', 'type')
  const items: Readonly<Record<string, Item>> = INVENTORY[type]
  const fields = new Map<string, Field>()
  for (const [name, value] of Object.entries<unknown>(report)) {
    if (name === 'type' || value === undefined) continue
    if (!Object.hasOwn(items, name)) throw unlisted(type, name)
    const item = items[name]!
    refuseWrong(type, name, item, value)
    fields.set(name, { item, value })
  }
  return fields
}
