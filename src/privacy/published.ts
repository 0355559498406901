// The inventory and the consent file's schema as other programs read them, and the README's table.
import { GATE_NAMES, GATES } from './gates.js'
import { type Category, INVENTORY, type Item, RECORD_TYPES, type RecordKind } from './inventory.js'
import { LIST_MAX, TEXT_MAX, TIME } from './listed.js'
import { WHOLE } from './report.js'

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

/** The content of report.schema.json: lines of NDJSON that are no traffic. */
export function publishedReports(): object {
  const kinds = RECORD_TYPES.filter((kind) => kind !== 'flow' && kind !== 'dns')
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:weir:report:1',
    title: 'Weir report, version 1',
    description: 'One report of Weir itself, behind the privacy gate: what was withheld is absent.',
    oneOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(kinds.map((kind) => [kind, reportSchema(kind)])),
  }
}

/** Fields that a gate may withhold are required of nobody. */
function reportSchema(kind: RecordKind): object {
  const items = Object.entries<Item>(INVENTORY[kind])
  const always = items.filter(([, { optional, gate }]) => !optional && WHOLE.has(gate))
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type', ...always.map(([field]) => field)],
    properties: {
      type: { const: kind },
      ...Object.fromEntries(items.map(([field, item]) => [field, valueSchema(item)])),
    },
  }
}

function valueSchema({ type, pattern, purpose: description }: Item): object {
  if (typeof type !== 'string') return { description, enum: type }
  const text = {
    type: 'string',
    maxLength: TEXT_MAX,
    ...(pattern === undefined ? {} : { pattern: `^(?:${pattern})$` }),
  }
  switch (type) {
    case 'count':
      return { description, type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
    case 'flag':
      return { description, type: 'boolean' }
    case 'time':
      return { description, type: 'string', pattern: TIME.source }
    case 'texts':
      return { description, type: 'array', maxItems: LIST_MAX, items: text }
    default:
      return { description, ...text }
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
