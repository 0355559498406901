import { INVENTORY, type Item, type RecordKind } from './inventory.js'

/** Days that a record may be kept: the shortest of its fields. */
export function retentionDays(kind: RecordKind): number {
  const days = Object.values<Item>(INVENTORY[kind]).map(({ retention }) => {
    const [, number] = /^P(\d+)D$/.exec(retention) ?? []
    return Number(number)
  })
  return Math.min(...days)
}
