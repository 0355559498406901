import { readFile } from 'node:fs/promises'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

let compiled: ValidateFunction | undefined

/** What consent.schema.json has against the content of a consent file. */
export async function consentErrors(consent: unknown): Promise<string[]> {
  compiled ??= await compile()
  if (compiled(consent)) return []
  return (compiled.errors ?? []).map(({ instancePath, message, params }) => {
    const { additionalProperty, allowedValues } = params as Record<string, unknown>
    const extra =
      typeof additionalProperty === 'string'
        ? `: ${JSON.stringify(additionalProperty.slice(0, 64))}`
        : ''
    const values = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : ''
    return `${instancePath || 'the file'} ${message ?? 'is not valid'}${extra}${values}`
  })
}

async function compile(): Promise<ValidateFunction> {
  // Rooms are equally deep, in src, in dist, and in the command line that is built into one.
  const file = new URL('../privacy/consent.schema.json', import.meta.url)
  const schema = JSON.parse(await readFile(file, 'utf8')) as object
  return new Ajv2020({ allowUnionTypes: true, ownProperties: true }).compile(schema)
}
