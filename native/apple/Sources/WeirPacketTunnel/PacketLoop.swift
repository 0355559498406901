#if canImport(NetworkExtension)
  import Darwin
  import Dispatch
  import Weir

  /// Read, judge, answer, record: what `native/linux/loop.c` does on Linux. Everything happens on one
  /// serial queue, which every method must be called on; hence the unchecked conformance.
  final class PacketLoop: @unchecked Sendable {
    let queue: DispatchQueue
    private let engine: Engine
    private let device: any PacketDevice
    private let outbox: RecordOutbox
    private let hairpin: Hairpin?
    private let batch = PacketBatch()
    private let answer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1500, alignment: 64)
    private let timer: DispatchSourceTimer

    init(
      queue: DispatchQueue, engine: Engine, device: any PacketDevice, outbox: RecordOutbox,
      hairpin: Hairpin?
    ) {
      self.queue = queue
      self.engine = engine
      self.device = device
      self.outbox = outbox
      self.hairpin = hairpin
      timer = DispatchSource.makeTimerSource(queue: queue)
    }

    deinit { answer.deallocate() }

    func start() {
      timer.setEventHandler { [weak self] in self?.tick() }
      timer.activate()
      device.start(
        on: queue,
        onPacket: { [weak self] in self?.take($0) },
        onPause: { [weak self] in self?.pause() })
    }

    func stop() {
      device.stop()
      timer.cancel()
      engine.finish { outbox.append($0) }
      outbox.flush()
    }

    // MARK: Packets

    private func take(_ packet: UnsafeRawBufferPointer) {
      guard batch.append(packet, at: PacketLoop.now, direction: .outbound) else { return }
      if let hairpin {
        let index = batch.count - 1
        switch engine.turnBack(batch[index], hairpin) {
        case .none: break
        case .server: batch.setDirection(.inbound, at: index)
        case .stale: batch.removeLast()
        }
      }
      if batch.isFull { judge() }
    }

    private func judge() {
      engine.inspect(batch) { outbox.append($0) }
      for index in 0..<batch.count {
        let judgement = batch.judgement(at: index)
        if judgement.verdict == .drop {
          reply(to: index)
        } else if let hairpin {
          turn(batch[index], isInbound: batch.direction(at: index) == .inbound, hairpin)
        }
      }
      batch.removeAll()
    }

    private func reply(to index: Int) {
      let length = engine.answer(batch, at: index, into: answer)
      if length > 0 { device.write(UnsafeRawBufferPointer(rebasing: answer[..<length])) }
    }

    /// An allowed packet: to the listener, or from it to the client.
    private func turn(_ packet: UnsafeMutableRawBufferPointer, isInbound: Bool, _ hairpin: Hairpin) {
      guard isInbound || engine.turnForth(packet, hairpin) else { return }
      device.write(UnsafeRawBufferPointer(packet))
    }

    private func pause() {
      judge()
      device.flush()
      arm()
    }

    // MARK: Time

    /// Microseconds since 1970, as records have them.
    private static var now: UInt64 { clock_gettime_nsec_np(CLOCK_REALTIME) / 1_000 }

    private func tick() {
      engine.tick(now: PacketLoop.now) { outbox.append($0) }
      outbox.flush()
      arm()
    }

    /// The core says when it wants to be called; a second of leeway lets the system gather wake-ups.
    private func arm() {
      guard let deadline = engine.nextDeadline else {
        timer.schedule(deadline: .distantFuture)
        return
      }
      let now = PacketLoop.now
      let wait = deadline > now ? min(deadline - now, 3_600_000_000) : 0
      timer.schedule(
        deadline: .now() + .microseconds(Int(wait)), leeway: .seconds(1))
    }

    // MARK: What the system and the app say

    /// Both rulesets are mapped for a moment; neither is copied.
    func use(_ ruleset: Ruleset) { engine.use(ruleset) }

    func setProtection(_ protection: Protection) { engine.setProtection(protection) }

    /// Under memory pressure, and before sleep: gives back what flows do not need.
    func trim(_ level: Engine.Trim) {
      engine.trim(level) { outbox.append($0) }
      outbox.flush()
    }

    func wake() { tick() }

    var counters: Counters { engine.counters }
  }
#endif
