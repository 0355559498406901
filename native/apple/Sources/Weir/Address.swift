import CWeir

/// An IPv4 or IPv6 address.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  private let upper: UInt64
  private let lower: UInt64

  /// The 16 bytes of an IPv6 address; an IPv4 one is mapped (`::ffff:a.b.c.d`).
  public init(octets: some Sequence<UInt8>) {
    var upper: UInt64 = 0
    var lower: UInt64 = 0
    for (index, octet) in octets.prefix(16).enumerated() {
      if index < 8 {
        upper = upper << 8 | UInt64(octet)
      } else {
        lower = lower << 8 | UInt64(octet)
      }
    }
    self.upper = upper
    self.lower = lower
  }

  init(_ address: weir_addr) {
    self = withUnsafeBytes(of: address) { Address(octets: $0) }
  }

  /// As the core takes it.
  var core: weir_addr {
    var address = weir_addr()
    withUnsafeMutableBytes(of: &address) { octets in
      for index in 0..<16 { octets[index] = self[index] }
    }
    return address
  }

  private subscript(index: Int) -> UInt8 {
    let half = index < 8 ? upper : lower
    let shift = 56 - 8 * (index % 8)
    return UInt8(truncatingIfNeeded: half >> shift)
  }

  public var isIPv4: Bool { upper == 0 && lower >> 32 == 0xffff }

  /// Dotted quad, or the text that RFC 5952 recommends.
  public var description: String {
    isIPv4 ? (12..<16).map { String(self[$0]) }.joined(separator: ".") : sixText
  }

  private var groups: [UInt16] {
    let shifts: [UInt64] = [48, 32, 16, 0]
    return [upper, lower].flatMap { half in
      shifts.map { UInt16(truncatingIfNeeded: half >> $0) }
    }
  }

  /// RFC 5952 4: the first of the longest runs of two or more zero groups is left out.
  private var sixText: String {
    let groups = self.groups
    let run = Address.longestZeroRun(groups)
    let text = { (part: ArraySlice<UInt16>) in
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard run.count > 1 else { return text(groups[...]) }
    return text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
  }

  private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    for index in 0...groups.count {
      if index < groups.count && groups[index] == 0 { continue }
      if index - start > best.count { best = start..<index }
      start = index + 1
    }
    return best
  }
}

/// One end of a flow. `port` is 0 for transports without ports.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  public let address: Address
  public let port: UInt16

  public var description: String {
    address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
