import CWeir

/// What the engine counted, by the core's names; each only grows.
public struct Counters: @unchecked Sendable {
  private let core: weir_counters

  init(_ core: weir_counters) { self.core = core }

  /// Packets handed to the engine.
  public var packets: UInt64 { core.packets }
  /// Bytes of IP, as their headers say.
  public var bytes: UInt64 { core.bytes }
  public var passed: UInt64 { core.passed }
  public var dropped: UInt64 { core.dropped }
  public var malformed: UInt64 { core.malformed }
  public var flowsOpened: UInt64 { core.flows_opened }
  public var flowsClosed: UInt64 { core.flows_closed }
  /// Flows that had to make room for newer ones.
  public var flowsEvicted: UInt64 { core.flows_evicted }
  /// Undecided flows whose buffer another flow took.
  public var assemblersEvicted: UInt64 { core.assemblers_evicted }
  /// Fragmented datagrams given up for want of room.
  public var fragmentsEvicted: UInt64 { core.fragments_evicted }
  public var hintsEvicted: UInt64 { core.hints_evicted }
  public var recordsWritten: UInt64 { core.records_written }
  /// Records that found the ring full.
  public var recordsLost: UInt64 { core.records_lost }
}
