import Testing

@testable import Weir

struct ValueTests {
  static let addresses: [([UInt8], String)] = [
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1], "192.0.2.1"),
    ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1"),
    ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "2001:db8:0:1:1:1:1:1"),
    ([0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "2001:0:0:1::1"),
    ([UInt8](repeating: 0, count: 16), "::"),
  ]

  @Test(arguments: Self.addresses)
  func addressesReadAsRFC5952Says(_ octets: [UInt8], _ text: String) {
    #expect(Address(octets: octets).description == text)
  }

  @Test func endpointsBracketIPv6() {
    let octets: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    let endpoint = Endpoint(address: Address(octets: octets), port: 53)
    #expect(endpoint.description == "[::1]:53")
  }

  /// The first byte of a packet, and the header it gets; nil: none.
  static let headers: [(UInt8, [UInt8]?)] = [
    (0x45, [0, 0, 0, 2]), (0x60, [0, 0, 0, 30]), (0x00, nil),
  ]

  @Test(arguments: Self.headers)
  func utunHeadersNameTheFamily(_ first: UInt8, _ expected: [UInt8]?) {
    let packet: [UInt8] = [first]
    var header: [UInt8] = [9, 9, 9, 9]
    let isWritten = packet.withUnsafeBytes { bytes in
      header.withUnsafeMutableBytes { UtunHeader.write(for: bytes, to: $0) }
    }
    let written = isWritten ? header : nil
    #expect(written == expected)
  }

  /// What comes from the descriptor, and the packet in it; nil: none.
  static let frames: [([UInt8], [UInt8]?)] = [
    ([0, 0, 0, 2, 0x45, 1], [0x45, 1]), ([0, 0, 0, 30, 0x60], [0x60]),
    ([0, 0, 0, 10, 0x60], nil), ([0, 0, 0, 2], nil),
  ]

  @Test(arguments: Self.frames)
  func utunHeadersAreTakenOff(_ frame: [UInt8], _ expected: [UInt8]?) {
    let packet: [UInt8]? = frame.withUnsafeBytes { bytes in
      UtunHeader.packet(in: bytes).map { Array($0) }
    }
    #expect(packet == expected)
  }

  @Test func recordsTravelAsBytes() throws {
    let engine = try Engine(EngineConfiguration(.tiny), budget: 4 << 20)
    let capture = try Fixtures.capture("blocked")
    let batch = PacketBatch(capacity: 1, packetBytes: 1 << 16)
    var records: [Record] = []
    for packet in capture.packets {
      packet.bytes.withUnsafeBytes { _ = batch.append($0, at: packet.time) }
      engine.inspect(batch) { records.append($0) }
      batch.removeAll()
    }
    engine.finish { records.append($0) }
    let first = try #require(records.first)
    let bytes: [UInt8] = first.withBytes { Array($0) }
    let copied = bytes.withUnsafeBytes { Record(bytes: $0) }
    let copy = try #require(copied)
    #expect(copy.flowID == first.flowID)
    #expect(copy.host == first.host)
    let isRefused = bytes.dropLast().withUnsafeBytes { Record(bytes: $0) == nil }
    #expect(isRefused)
  }

  @Test func wordsAreTheCores() {
    #expect(Verdict.drop.description == "drop")
    #expect(Reason.ruleBlock.description == "rule-block")
    #expect(Action.warn.description == "warn")
    #expect(HostSource.tlsSNI.description == "tls-sni")
    #expect(ProtocolLabel.https.description == "https")
    #expect(ProtocolLabel(rawValue: 255).description == "?")
    #expect(Close.reset.description == "reset")
    #expect(Evidence.payload.description == "payload")
  }
}
