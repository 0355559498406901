import CWeir

/// Packets to be judged together, and what was said of each. It owns the bytes: one piece of memory,
/// taken once. For one thread, as the engine is.
public final class PacketBatch {
  public let capacity: Int
  /// The longest packet that a slot holds.
  public let packetBytes: Int
  public private(set) var count = 0
  let packets: UnsafeMutablePointer<weir_packet>
  let results: UnsafeMutablePointer<weir_result>
  private let bytes: UnsafeMutableRawPointer

  /// The defaults take 64 KiB.
  public init(capacity: Int = 32, packetBytes: Int = 2048) {
    precondition(capacity > 0 && packetBytes > 0)
    self.capacity = capacity
    self.packetBytes = packetBytes
    packets = .allocate(capacity: capacity)
    packets.initialize(repeating: weir_packet(), count: capacity)
    results = .allocate(capacity: capacity)
    results.initialize(repeating: weir_result(), count: capacity)
    bytes = .allocate(byteCount: capacity * packetBytes, alignment: 64)
  }

  deinit {
    packets.deallocate()
    results.deallocate()
    bytes.deallocate()
  }

  public var isFull: Bool { count == capacity }

  public func removeAll() { count = 0 }

  /// Takes the packet that came last out again.
  public func removeLast() {
    precondition(count > 0)
    count -= 1
  }

  public func direction(at index: Int) -> Direction {
    precondition(index < count)
    return Direction(rawValue: packets[index].direction) ?? .unknown
  }

  /// Says of the packet at `index` which side it comes from.
  public func setDirection(_ direction: Direction, at index: Int) {
    precondition(index < count)
    packets[index].direction = direction.rawValue
  }

  /// Copies an IP packet, without any link header, into the next slot. `time` is in microseconds. False:
  /// the batch is full, or the packet is longer than a slot.
  @discardableResult
  public func append(
    _ packet: UnsafeRawBufferPointer, at time: UInt64, direction: Direction = .unknown
  ) -> Bool {
    guard !isFull, packet.count <= packetBytes else { return false }
    slot(count).copyMemory(from: packet)
    add(length: packet.count, time: time, direction: direction)
    return true
  }

  /// Lets `fill` write an IP packet into the next slot and say how long it is; 0: there is none. False:
  /// the batch is full or there was none.
  public func appendFilled(
    at time: UInt64, direction: Direction = .unknown,
    _ fill: (UnsafeMutableRawBufferPointer) -> Int
  ) -> Bool {
    guard !isFull else { return false }
    let length = fill(slot(count))
    guard length > 0 else { return false }
    precondition(length <= packetBytes, "longer than the slot it was written to")
    add(length: length, time: time, direction: direction)
    return true
  }

  /// The packet at `index`; its bytes belong to the batch, until `removeAll()`.
  public subscript(index: Int) -> UnsafeMutableRawBufferPointer {
    precondition(index < count)
    return UnsafeMutableRawBufferPointer(rebasing: slot(index)[..<Int(packets[index].len)])
  }

  /// What was said of the packet at `index` when it was last inspected.
  public func judgement(at index: Int) -> Judgement {
    precondition(index < count)
    return Judgement(results[index])
  }

  private func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: bytes + index * packetBytes, count: packetBytes)
  }

  private func add(length: Int, time: UInt64, direction: Direction) {
    var packet = weir_packet()
    let start = bytes + count * packetBytes
    packet.data = UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
    packet.len = UInt32(length)
    packet.now_us = time
    packet.direction = direction.rawValue
    packets[count] = packet
    count += 1
  }
}

@available(*, unavailable)
extension PacketBatch: Sendable {}

/// What the engine says of one packet.
public struct Judgement: Sendable, Equatable {
  public let verdict: Verdict
  public let reason: Reason
  public let action: Action
  public let label: ProtocolLabel
  /// 0: the packet belongs to no flow.
  public let flowID: UInt64
  /// nil: no rule spoke.
  public let rule: UInt32?

  init(_ result: weir_result) {
    verdict = Verdict(rawValue: result.verdict)
    reason = Reason(rawValue: result.reason)
    action = Action(rawValue: result.action)
    label = ProtocolLabel(rawValue: result.protocol)
    flowID = result.flow_id
    rule = result.rule == UInt32.max ? nil : result.rule
  }
}
