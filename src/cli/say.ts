/** What keeps the terminal's last lines for itself: others' lines go above them. */
export interface Screen {
  above(text: string): void
}

let screen: Screen | undefined

/** From here on, lines for a terminal go through `next`; undefined: as they come. */
export const shareTerminal = (next: Screen | undefined): void => {
  screen = next
}

/** A line for whoever runs the command, on standard error: standard output is for records. */
export function say(text: string): void {
  const line = `weir: ${text}\n`
  if (screen && process.stderr.isTTY) screen.above(line)
  else process.stderr.write(line)
}
