// What does a packet, a hello, a QUIC Initial cost in the core? Each beside the least it could be.
import { runNative } from './lib/native.js'
import { figure, printTable } from './lib/table.js'

const rows = ['parse', 'flow', 'hello', 'quic', 'inspect'].flatMap((name) =>
  runNative(name).map((line) => {
    const [what, ns, baseline, baselineNs] = line.split('\t')
    return [what!, figure(Number(ns)), figure(Number(baselineNs)), baseline!]
  }),
)
printTable(['median of 9', 'ns each', 'baseline', 'which is'], rows)
