import CWeir

/// Metadata of one flow or DNS transaction, as the engine wrote it. It holds no payload: there is
/// no field for any. A value of plain bytes, 512 of them, that may go to any thread.
public struct Record: @unchecked Sendable {
  /// The core's own form. Without pointers, hence the unchecked conformance.
  let core: weir_record

  init(_ core: weir_record) { self.core = core }

  /// Bytes of a record's own form, which `withBytes` gives and `init(bytes:)` takes: for files and
  /// messages between processes of one device and one build.
  public static let byteCount = MemoryLayout<weir_record>.size

  /// nil: these are not as many bytes as a record has, or its kind or lengths are out of bounds.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Record.byteCount else { return nil }
    var core = weir_record()
    withUnsafeMutableBytes(of: &core) { $0.copyMemory(from: bytes) }
    self.core = core
    guard kind != nil, Int(core.name_len) <= Int(WEIR_NAME_MAX),
      Int(core.ja4_len) <= Int(WEIR_JA4_MAX), Int(core.alpn_len) <= Int(WEIR_ALPN_MAX)
    else { return nil }
  }

  public func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
    try withUnsafeBytes(of: core, body)
  }

  public enum Kind: UInt8, Sendable {
    /// A further host of the flow record that follows.
    case name = 1
    case flow = 2
    /// An answer of the DNS record that follows.
    case answer = 3
    case dns = 4
    /// Somebody went on at a page: the host, and the client.
    case bypass = 5
    /// A page was shown: the host that it is about, and the client.
    case page = 6
    /// A flow as it is so far, whose own record is still to come; only where the config asks for it.
    case judged = 7
  }

  /// nil: a kind that this version does not know.
  public var kind: Kind? { Kind(rawValue: core.kind) }

  /// Flows count from 1 in order of their first packet.
  public var flowID: UInt64 { core.flow_id }
  /// Microseconds, of the clock that the packets were given.
  public var start: UInt64 { core.start_us }
  public var end: UInt64 { core.end_us }

  public var client: Endpoint {
    Endpoint(address: Address(core.tuple.client), port: core.tuple.client_port)
  }
  public var server: Endpoint {
    Endpoint(address: Address(core.tuple.server), port: core.tuple.server_port)
  }
  /// IP's protocol number: 6 is TCP, 17 is UDP.
  public var transport: UInt8 { core.tuple.transport }

  public var label: ProtocolLabel { ProtocolLabel(rawValue: core.protocol) }
  /// What carried the protocol; `.unknown` when nothing did.
  public var via: ProtocolLabel { ProtocolLabel(rawValue: core.via) }
  public var evidence: Evidence { Evidence(rawValue: core.evidence) }
  public var close: Close { Close(rawValue: core.close) }

  public var verdict: Verdict { Verdict(rawValue: core.verdict) }
  public var action: Action { Action(rawValue: core.action) }
  public var reason: Reason { Reason(rawValue: core.reason) }
  /// The rule that decided: `Ruleset.source(of:)` tells its list and line, as long as the ruleset is
  /// the one of `generation`.
  public var rule: UInt32? { core.rule == UInt32.max ? nil : core.rule }
  public var generation: UInt16 { core.generation }

  /// Bytes of IP, headers and all. `up` is from the client. Flow records only.
  public var bytes: (up: UInt64, down: UInt64) { (core.bytes_up, core.bytes_down) }
  public var packets: (up: UInt64, down: UInt64) { (core.packets_up, core.packets_down) }

  /// Lower case, without a trailing dot; nil when there is none.
  public var host: String? {
    core.name_len == 0 ? nil : Record.text(core.name, Int(core.name_len))
  }
  public var hostSource: HostSource { HostSource(rawValue: core.host_source) }
  /// Encrypted ClientHello: `host` is the public name that covers the true one.
  public var isOuterName: Bool { UInt32(core.flags) & UInt32(WEIR_FLAG_NAME_IS_OUTER) != 0 }
  /// The DNS answer behind `host` was one of several live ones for the address.
  public var isAmbiguous: Bool { UInt32(core.flags) & UInt32(WEIR_FLAG_HINT_AMBIGUOUS) != 0 }

  /// JA4 of the ClientHello; nil when none was seen.
  public var ja4: String? { core.ja4_len == 0 ? nil : Record.text(core.ja4, Int(core.ja4_len)) }

  private static func text<Characters>(_ characters: Characters, _ length: Int) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix(length), as: UTF8.self) }
  }
}
