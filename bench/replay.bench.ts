// How fast is replay, as a whole process on a big mixed capture, beside nDPI's reader and beside
// tcpdump, which only reads? How much memory does it take, there and with 100,000 flows open?
import { fileURLToPath } from 'node:url'
import { isInstalled, type Run, run } from './lib/child.js'
import { openFlows } from './lib/flows.js'
import { mixedCapture } from './lib/mix.js'
import { figure, median, mib, printTable } from './lib/table.js'

const ROUNDS = 5
const OPEN_FLOWS = 100_000
const weir = fileURLToPath(new URL('../dist/cli/weir.js', import.meta.url))

interface Tool {
  readonly name: string
  readonly command: string
  readonly args: (capture: string) => string[]
}
const WEIR: Tool = {
  name: 'weir replay',
  command: process.execPath,
  args: (capture) => [weir, 'replay', capture, '--format', 'summary'],
}
const OTHERS: Tool[] = [
  { name: 'ndpiReader -q', command: 'ndpiReader', args: (capture) => ['-q', '-i', capture] },
  {
    name: 'tcpdump to nothing',
    command: 'tcpdump',
    args: (capture) => ['-r', capture, '-w', '/dev/null'],
  },
]

const tools = [WEIR, ...OTHERS.filter(({ command }) => isInstalled(command))]
const capture = await mixedCapture()
const runs = new Map<Tool, Run[]>(tools.map((tool) => [tool, []]))
for (const tool of tools) run(tool.command, tool.args(capture)) // the file is in memory then
for (let round = 0; round < ROUNDS; round++)
  for (const tool of tools) runs.get(tool)!.push(run(tool.command, tool.args(capture)))

const counted = (counter: string): number =>
  Number(new RegExp(`(\\d+)\\s+${counter}\\n`).exec(runs.get(WEIR)![0]!.stdout)?.[1])
const packets = counted('packets')
const of = (tool: Tool, what: (run: Run) => number): number => median(runs.get(tool)!.map(what))
const weirSeconds = of(WEIR, (r) => r.seconds)

console.log(`${packets} packets, ${counted('flowsOpened')} flows; medians of ${ROUNDS}, in turns`)
printTable(
  ['', 'packets/s', 'seconds', 'CPU s', 'peak memory', 'weir is'],
  tools.map((tool) => {
    const seconds = of(tool, (r) => r.seconds)
    const peak = of(tool, (r) => r.peakBytes)
    const ratio = tool === WEIR ? '' : `${figure(seconds / weirSeconds)} times as fast`
    const speed = `${(packets / seconds / 1e6).toFixed(2)} M`
    return [
      tool.name,
      speed,
      seconds.toFixed(3),
      of(tool, (r) => r.cpuSeconds).toFixed(2),
      mib(peak),
      ratio,
    ]
  }),
)

const open = openFlows(OPEN_FLOWS)
const node = run(process.execPath, ['-e', '0'])
console.log(
  `\npeak memory with ${OPEN_FLOWS} flows open at once (Node alone: ${mib(node.peakBytes)})`,
)
printTable(
  ['', 'peak memory'],
  tools.map((tool) => [tool.name, mib(run(tool.command, tool.args(open)).peakBytes)]),
)
