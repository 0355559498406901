import Testing

@testable import Weir

struct ValueTests {
  private static let addresses: [([UInt8], String)] = [
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1], "192.0.2.1"),
    ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1"),
    ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "2001:db8:0:1:1:1:1:1"),
    ([0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "2001:0:0:1::1"),
    ([UInt8](repeating: 0, count: 16), "::"),
  ]

  @Test(arguments: addresses)
  func addressesReadAsRFC5952Says(_ octets: [UInt8], _ text: String) {
    #expect(Address(octets: octets).description == text)
  }

  @Test func endpointsBracketIPv6() {
    let six = Address(octets: [UInt8](repeating: 0, count: 15) + [1])
    #expect(Endpoint(address: six, port: 53).description == "[::1]:53")
  }

  @Test func utunHeadersNameTheFamily() {
    #expect(header(ofPacket: 0x45) == [0, 0, 0, 2])
    #expect(header(ofPacket: 0x60) == [0, 0, 0, 30])
    #expect(header(ofPacket: 0x00) == nil)
  }

  private func header(ofPacket first: UInt8) -> [UInt8]? {
    var header = [UInt8](repeating: 9, count: 4)
    let isWritten = [first].withUnsafeBytes { packet in
      header.withUnsafeMutableBytes { UtunHeader.write(for: packet, to: $0) }
    }
    return isWritten ? header : nil
  }

  @Test func utunHeadersAreTakenOff() {
    #expect(packet(in: [0, 0, 0, 2, 0x45, 1]) == [0x45, 1])
    #expect(packet(in: [0, 0, 0, 30, 0x60]) == [0x60])
    #expect(packet(in: [0, 0, 0, 10, 0x60]) == nil)
    #expect(packet(in: [0, 0, 0, 2]) == nil)
  }

  private func packet(in bytes: [UInt8]) -> [UInt8]? {
    bytes.withUnsafeBytes { frame in UtunHeader.packet(in: frame).map { [UInt8]($0) } }
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
    let bytes = first.withBytes { Array($0) }
    let copy = try #require(bytes.withUnsafeBytes { Record(bytes: $0) })
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
