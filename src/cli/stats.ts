import type { Engine } from '../engine/engine.js'

/** Figures about a run; they change from run to run, so they go to standard error. */
export function printStats(engine: Engine, frames: number, seconds: number): void {
  const { packets, bytes } = engine.counters
  const lines = [
    `${frames} frames, ${packets} packets, ${bytes} bytes of IP`,
    `${seconds.toFixed(3)} s, ${Math.round(packets / seconds)} packets/s`,
    `engine memory ${mib(engine.memorySize)} reserved, process ${mib(process.memoryUsage.rss())} resident`,
    ...Object.entries(engine.counters)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`),
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
