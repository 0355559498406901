import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const schema = JSON.parse(
  readFileSync(new URL('../../src/records/schema.json', import.meta.url), 'utf8'),
) as object
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)

/** What the published schema has against a record: nothing, one hopes. */
export function schemaErrors(record: unknown): string[] {
  return validate(record)
    ? []
    : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`)
}
