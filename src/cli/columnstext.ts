import { styler } from './style.js'

/** Rows under their headings, each column as wide as its longest; `right` are those aligned to the right. */
export function columnsText(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const widths = heads.map((head, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), head.length),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        return right.includes(at) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const head = styler(process.stdout.isTTY)('bold', line(heads))
  return rows.length === 0 ? 'no records\n' : `${[head, ...rows.map(line)].join('\n')}\n`
}
