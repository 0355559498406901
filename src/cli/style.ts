import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours for people at a terminal; plain where output is read by programs, or NO_COLOR is set. */
export function styler(isTerminal: boolean): (style: Style, text: string) => string {
  const isOn = isTerminal && !process.env['NO_COLOR']
  return (style, text) => (isOn ? styleText(style, text) : text)
}
