import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { expect, it } from 'vitest'
import {
  inventoryTable,
  publishedInventory,
  publishedReports,
  publishedSchema,
} from '../../src/privacy/published.js'

// WEIR_GOLDEN=write npx vitest run test/privacy/published.test.ts   writes them anew
const isWriting = process.env['WEIR_GOLDEN'] === 'write'
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

async function expectFile(path: string, content: string): Promise<void> {
  const options = await prettier.resolveConfig(at(path))
  const text = await prettier.format(content, { ...options, filepath: path })
  if (isWriting) writeFileSync(at(path), text)
  expect(readFileSync(at(path), 'utf8')).toBe(text)
}

it.each([
  ['src/privacy/inventory.json', publishedInventory],
  ['src/privacy/consent.schema.json', publishedSchema],
  ['src/privacy/report.schema.json', publishedReports],
])('%s is what the source says', async (path, content) => {
  await expectFile(path, JSON.stringify(content()))
})

const BEGIN = '<!-- inventory: made from src/privacy/inventory.ts -->\n'
const END = '<!-- end of inventory -->'

it("the README's table is the inventory", () => {
  const readme = readFileSync(at('README.md'), 'utf8')
  const from = readme.indexOf(BEGIN) + BEGIN.length
  const to = readme.indexOf(END)
  expect(from).toBeGreaterThan(BEGIN.length)
  const expected = `\n${inventoryTable()}\n`
  if (isWriting) writeFileSync(at('README.md'), readme.slice(0, from) + expected + readme.slice(to))
  expect(readFileSync(at('README.md'), 'utf8')).toContain(BEGIN + expected + END)
})
