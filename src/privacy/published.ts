// The inventory and the consent file's schema as other programs read them, and the README's table.
import { GATE_NAMES, GATES } from './gates.js'
import { type Category, INVENTORY, type Item, RECORD_TYPES, type RecordKind } from './inventory.js'

export interface Listed extends Item {
  readonly kind: RecordKind
  readonly field: string
}

/** Every field of every kind of record. */
export function listed(): Listed[] {
  return RECORD_TYPES.flatMap((kind) =>
    Object.entries<Item>(INVENTORY[kind]).map(([field, item]) => ({ kind, field, ...item })),
  )
}

/** The content of inventory.json. */
export const publishedInventory = (): object => ({
  version: 1,
  description:
    'Every field that a record or report of Weir may hold; nothing else leaves the gate.',
  gates: GATES,
  fields: listed(),
})

const KEYS = ['directoryDeviceId', 'userId', 'tenantId', 'organisationId', 'userPrincipalName']

/** The content of consent.schema.json. */
export function publishedSchema(): object {
  const choices = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      GATE_NAMES.map((gate) => [
        gate,
        { description: GATES[gate].purpose, enum: GATES[gate].values },
      ]),
    ),
  }
  const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
  const text = { type: 'string', pattern: '^[\\w.:@-]{1,128}$' }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:weir:consent:1',
    title: 'Weir consent, version 1',
    description:
      'What the administrator and the user of a device allow to be recorded and reported.',
    type: 'object',
    additionalProperties: false,
    required: ['version', 'revision', 'admin', 'user', 'identifiers', 'tightened'],
    properties: {
      version: { const: 1 },
      revision: { description: 'Grows with each change.', ...count },
      admin: { description: 'Policy of the administrator.', ...choices },
      user: { description: 'Choice of the user.', ...choices },
      identifiers: {
        description: 'What the administrator calls the device and its user.',
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(KEYS.map((key) => [key, text])),
      },
      tightened: {
        description: 'What was cleared before this revision may go no more, by kind of record.',
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(RECORD_TYPES.map((kind) => [kind, count])),
      },
    },
  }
}

/** One row a category and gate, for the README. */
export function inventoryTable(): string {
  const rows = new Map<string, { item: Listed; fields: Map<string, Set<RecordKind>> }>()
  for (const item of listed()) {
    const key = `${item.category} ${item.gate} ${item.retention} ${String(item.required)}`
    let row = rows.get(key)
    if (!row) rows.set(key, (row = { item, fields: new Map() }))
    const kinds = row.fields.get(item.field) ?? new Set()
    row.fields.set(item.field, kinds.add(item.kind))
  }
  const lines = [...rows.values()].map(({ item, fields }) => {
    const { category, required, gate, retention } = item
    return `| ${category} | ${fieldsText(category, [...fields.keys()])} | ${required ? 'yes' : 'no'} | \`${gate}\` | ${retention} |`
  })
  return [
    '| category | fields | required | gate | kept |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

const fieldsText = (category: Category, fields: readonly string[]): string =>
  category === 'counters'
    ? 'counts of packets, flows, lookups and what the engine did'
    : fields.join(', ')
