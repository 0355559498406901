import CWeir

/// One word of a vocabulary of `weir.h`. Its text is the core's own, the same that records have in
/// TypeScript; a number that is none of the vocabulary's reads `?`.
public protocol Word: RawRepresentable, Hashable, Sendable, CustomStringConvertible
where RawValue == UInt8 {
  init(rawValue: UInt8)
}

/// What to do with a packet. Zero is the safe one.
public struct Verdict: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_verdict_text(UInt32(rawValue))) }

  public static let drop = Verdict(rawValue: UInt8(WEIR_VERDICT_DROP.rawValue))
  public static let pass = Verdict(rawValue: UInt8(WEIR_VERDICT_PASS.rawValue))
}

/// Why a packet or flow got its verdict.
public struct Reason: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_reason_text(UInt32(rawValue))) }

  public static let none = Reason(rawValue: UInt8(WEIR_REASON_NONE.rawValue))
  public static let noRule = Reason(rawValue: UInt8(WEIR_REASON_NO_RULE.rawValue))
  public static let ruleBlock = Reason(rawValue: UInt8(WEIR_REASON_RULE_BLOCK.rawValue))
  public static let ruleWarn = Reason(rawValue: UInt8(WEIR_REASON_RULE_WARN.rawValue))
  public static let ruleAllow = Reason(rawValue: UInt8(WEIR_REASON_RULE_ALLOW.rawValue))
  public static let ruleAudit = Reason(rawValue: UInt8(WEIR_REASON_RULE_AUDIT.rawValue))
  public static let flowDecided = Reason(rawValue: UInt8(WEIR_REASON_FLOW_DECIDED.rawValue))
  public static let malformed = Reason(rawValue: UInt8(WEIR_REASON_MALFORMED.rawValue))
  public static let defaultBlock = Reason(rawValue: UInt8(WEIR_REASON_DEFAULT_BLOCK.rawValue))
  public static let auditMode = Reason(rawValue: UInt8(WEIR_REASON_AUDIT_MODE.rawValue))
}

/// What a rule asks for.
public struct Action: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_action_text(UInt32(rawValue))) }

  public static let none = Action(rawValue: UInt8(WEIR_ACTION_NONE.rawValue))
  public static let allow = Action(rawValue: UInt8(WEIR_ACTION_ALLOW.rawValue))
  public static let audit = Action(rawValue: UInt8(WEIR_ACTION_AUDIT.rawValue))
  public static let warn = Action(rawValue: UInt8(WEIR_ACTION_WARN.rawValue))
  public static let block = Action(rawValue: UInt8(WEIR_ACTION_BLOCK.rawValue))
}

/// Which field of the traffic gave a name, best evidence first.
public struct HostSource: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_host_source_text(UInt32(rawValue))) }

  public static let none = HostSource(rawValue: UInt8(WEIR_HOST_NONE.rawValue))
  public static let tlsSNI = HostSource(rawValue: UInt8(WEIR_HOST_TLS_SNI.rawValue))
  public static let quicSNI = HostSource(rawValue: UInt8(WEIR_HOST_QUIC_SNI.rawValue))
  public static let httpHost = HostSource(rawValue: UInt8(WEIR_HOST_HTTP_HOST.rawValue))
  public static let dnsQueryName = HostSource(rawValue: UInt8(WEIR_HOST_DNS_QNAME.rawValue))
  public static let dnsHint = HostSource(rawValue: UInt8(WEIR_HOST_DNS_HINT.rawValue))
}

/// What a protocol label rests on.
public struct Evidence: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_evidence_text(UInt32(rawValue))) }

  public static let none = Evidence(rawValue: UInt8(WEIR_EVIDENCE_NONE.rawValue))
  public static let port = Evidence(rawValue: UInt8(WEIR_EVIDENCE_PORT.rawValue))
  public static let payload = Evidence(rawValue: UInt8(WEIR_EVIDENCE_PAYLOAD.rawValue))
  public static let name = Evidence(rawValue: UInt8(WEIR_EVIDENCE_NAME.rawValue))
}

/// How a flow ended.
public struct Close: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_close_text(UInt32(rawValue))) }

  public static let none = Close(rawValue: UInt8(WEIR_CLOSE_NONE.rawValue))
  public static let fin = Close(rawValue: UInt8(WEIR_CLOSE_FIN.rawValue))
  public static let reset = Close(rawValue: UInt8(WEIR_CLOSE_RST.rawValue))
  public static let idle = Close(rawValue: UInt8(WEIR_CLOSE_IDLE.rawValue))
  public static let reused = Close(rawValue: UInt8(WEIR_CLOSE_REUSED.rawValue))
  public static let evicted = Close(rawValue: UInt8(WEIR_CLOSE_EVICTED.rawValue))
  public static let finish = Close(rawValue: UInt8(WEIR_CLOSE_FINISH.rawValue))
}

/// A protocol's label, such as `https`; `weir.h` lists all of them.
public struct ProtocolLabel: Word {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public var description: String { String(cString: weir_protocol_text(UInt32(rawValue))) }

  public static let unknown = ProtocolLabel(rawValue: UInt8(WEIR_PROTOCOL_UNKNOWN.rawValue))
  public static let http = ProtocolLabel(rawValue: UInt8(WEIR_PROTOCOL_HTTP.rawValue))
  public static let https = ProtocolLabel(rawValue: UInt8(WEIR_PROTOCOL_HTTPS.rawValue))
  public static let http3 = ProtocolLabel(rawValue: UInt8(WEIR_PROTOCOL_HTTP3.rawValue))
  public static let dns = ProtocolLabel(rawValue: UInt8(WEIR_PROTOCOL_DNS.rawValue))
}

/// Which side a packet comes from.
public enum Direction: UInt32, Sendable {
  case unknown = 0
  case outbound = 1
  case inbound = 2
}

/// What rules may do.
public enum Protection: Sendable {
  /// What they ask for.
  case block
  /// Nothing: records say what would have been done.
  case audit
  /// They are not asked.
  case off
}
