// A device whose allowed flows are taken by this program, which says whom each client asked for.
// node hairpin.mjs INDEX ADDRESS...
const [index, ...addresses] = process.argv.slice(2)
const { Device, Engine, Hairpin, Live } = await import(index)

const engine = new Engine()
const device = new Device({ name: 'weir1', addresses, routes: ['0.0.0.0/0', '::/0'] })
const text = ({ transport, server }) => `${transport} ${server.ip} ${server.port}`
const hairpin = await Hairpin.listen(
  device,
  (socket, flow) => socket.on('error', () => {}).end(`${text(flow)}\n`),
  (socket, flow) => {
    let count = 0
    socket.on('message', (bytes) => socket.send(Buffer.from(`${text(flow)} ${++count} ${bytes}`)))
  },
)
const live = new Live(device, engine, () => live.drain(() => {}), { hairpin: hairpin.options })
hairpin.attach(live)
process.stdout.write('up\n')
process.on('SIGTERM', () => {
  live.close(() => {})
  hairpin.close()
  engine.close()
  process.stdout.write('down\n')
})
