import CWeir
import CWeirPages

/// Traffic inspection: packets, times and rules go in, verdicts and records come out. It opens no
/// sockets, reads no clock and starts no threads; all its memory is one block, taken when it is made.
///
/// One engine belongs to one isolation domain: it is not `Sendable`. Swift's region analysis lets it be
/// handed to an actor or a queue once, by whoever made it.
public final class Engine {
  /// Bytes of the block. What of it was never touched takes no memory of the device.
  public let byteCount: Int
  /// The rules in use.
  public private(set) var ruleset: Ruleset?
  private let memory: UnsafeMutableRawPointer
  private let crypto: UnsafeMutablePointer<weir_crypto>
  private let handle: OpaquePointer

  /// Refuses, before anything is allocated, a configuration that takes more than `budget` bytes, and
  /// says what would fit.
  public init(_ configuration: EngineConfiguration, budget: Int) throws(WeirError) {
    let needed = try configuration.needed(within: budget)
    guard let memory = weir_pages_take(needed) else { throw WeirError.noMemory(bytes: needed) }
    let crypto = Engine.makeCrypto()
    var config = configuration.core
    config.crypto = UnsafePointer(crypto)
    var made: OpaquePointer?
    guard weir_engine_init(&made, memory, needed, &config) == WEIR_OK, let handle = made else {
      crypto.deallocate()
      weir_pages_give(memory, needed)
      throw WeirError.badConfiguration
    }
    self.byteCount = needed
    self.memory = memory
    self.crypto = crypto
    self.handle = handle
  }

  deinit {
    weir_pages_give(memory, byteCount)
    crypto.deallocate()
  }

  /// What QUIC's Initial packets and JA4 need. The engine keeps the pointer.
  private static func makeCrypto() -> UnsafeMutablePointer<weir_crypto> {
    let crypto = UnsafeMutablePointer<weir_crypto>.allocate(capacity: 1)
    crypto.initialize(to: weir_crypto())
    #if canImport(CommonCrypto)
      weir_crypto_commoncrypto(crypto)
    #else
      weir_crypto_portable(crypto)
    #endif
    return crypto
  }

  // MARK: Rules

  /// Takes effect at the next packet; nil: no rules. Both rulesets are mapped while this runs, neither
  /// is copied. Live flows are judged anew when their next packet comes.
  public func use(_ ruleset: Ruleset?) {
    if let ruleset {
      ruleset.withCore { weir_engine_use(handle, $0) }
    } else {
      weir_engine_use(handle, nil)
    }
    self.ruleset = ruleset
  }

  /// What rules may do, and what becomes of what no rule speaks of.
  public func setProtection(_ protection: Protection, blocksByDefault: Bool = false) {
    let mode: weir_protection
    switch protection {
    case .block: mode = WEIR_PROTECTION_BLOCK
    case .audit: mode = WEIR_PROTECTION_AUDIT
    case .off: mode = WEIR_PROTECTION_OFF
    }
    _ = weir_engine_mode(handle, mode, blocksByDefault ? WEIR_ACTION_BLOCK : WEIR_ACTION_ALLOW)
  }

  /// A number for the rules and the mode in use, which records carry.
  public var generation: UInt16 { weir_engine_generation(handle) }

  // MARK: Packets

  /// Judges the packets of a batch in order; `batch.judgement(at:)` has the results afterwards. Records
  /// are handed over when the ring is full, at the latest, and at the end.
  public func inspect(_ batch: PacketBatch, onRecord: (Record) -> Void) {
    var done = 0
    while done < batch.count {
      let packets = batch.packets + done
      let results = batch.results + done
      done += weir_inspect(handle, packets, batch.count - done, results)
      drain(onRecord)
    }
  }

  /// Writes the packet that answers one that was dropped for a rule: a DNS answer, a reset, a page, a
  /// QUIC CONNECTION_CLOSE, an ICMP message, to be sent to the packet's own sender. Returns its length;
  /// 0: there is nothing to say. To be asked before the next `inspect`. 1,500 bytes are room enough.
  public func answer(
    _ batch: PacketBatch, at index: Int, into room: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(index < batch.count)
    guard let start = room.baseAddress else { return 0 }
    let packet = batch.packets + index
    let result = batch.results + index
    return weir_answer(
      handle, packet, result, start.assumingMemoryBound(to: UInt8.self), room.count)
  }

  /// Turns a client's packet, which was let pass, into one for the listener, in place. False: it cannot be
  /// sent back, and is unchanged.
  public func turnForth(_ packet: UnsafeMutableRawBufferPointer, _ hairpin: Hairpin) -> Bool {
    guard let start = packet.baseAddress else { return false }
    var core = hairpin.core
    return weir_hairpin_forth(
      handle, &core, start.assumingMemoryBound(to: UInt8.self), packet.count, false)
  }

  /// Turns a packet of the listener, in place, before it is inspected; others stay as they are.
  public func turnBack(_ packet: UnsafeMutableRawBufferPointer, _ hairpin: Hairpin) -> Turn {
    guard let start = packet.baseAddress else { return .none }
    var core = hairpin.core
    let turn = weir_hairpin_back(
      handle, &core, start.assumingMemoryBound(to: UInt8.self), packet.count, false)
    if turn == WEIR_TURN_SERVER { return .server }
    return turn == WEIR_TURN_STALE ? .stale : .none
  }

  // MARK: Time

  /// Ends what has been idle too long. `now` is in microseconds, of the clock that packets are given.
  public func tick(now: UInt64, onRecord: (Record) -> Void) {
    while !weir_tick(handle, now) { drain(onRecord) }
    drain(onRecord)
  }

  /// When `tick` should be called next; nil: there is nothing to wait for.
  public var nextDeadline: UInt64? {
    let deadline = weir_next_deadline(handle)
    return deadline == UInt64.max ? nil : deadline
  }

  /// Ends every flow, as when the tunnel stops.
  public func finish(onRecord: (Record) -> Void) {
    while !weir_finish(handle) { drain(onRecord) }
    drain(onRecord)
  }

  // MARK: Memory

  /// How much `trim` gives up; each includes those before.
  public enum Trim: Sendable {
    /// Nothing: only memory that holds nothing any more.
    case unused
    /// Unfinished messages and datagrams, queries that wait, names learned from DNS.
    case buffers
    /// Flows that have had no packet for ten seconds.
    case silent
  }

  /// Gives memory back to the system, and returns the bytes that hold nothing now, among which are those
  /// never touched. What is given up has its counter and its record.
  @discardableResult
  public func trim(_ trim: Trim, onRecord: (Record) -> Void) -> Int {
    let level: weir_trim_level
    switch trim {
    case .unused: level = WEIR_TRIM_UNUSED
    case .buffers: level = WEIR_TRIM_BUFFERS
    case .silent: level = WEIR_TRIM_SILENT
    }
    drain(onRecord)
    var pager = weir_pager()
    pager.page_bytes = weir_pages_size()
    pager.pages = { _, base, length in weir_pages_forget(base, length) }
    let bytes = weir_trim(handle, level, &pager)
    drain(onRecord)
    return bytes
  }

  /// Bytes that the system counts against the process's limit; nil: it does not tell.
  public static var processFootprint: Int? {
    let bytes = weir_pages_footprint()
    return bytes < 0 ? nil : Int(bytes)
  }

  // MARK: Results

  public var counters: Counters {
    var core = weir_counters()
    weir_get_counters(handle, &core)
    return Counters(core)
  }

  private func drain(_ onRecord: (Record) -> Void) {
    var count = 0
    while let records = weir_records(handle, &count), count > 0 {
      for index in 0..<count { onRecord(Record(records[index])) }
      weir_records_release(handle, count)
    }
  }
}

@available(*, unavailable)
extension Engine: Sendable {}
