import Foundation
import Testing

@testable import Weir

/// The same captures give the same records here as everywhere else.
struct ReplayTests {
  @Test func fixturesAreThere() {
    #expect(Fixtures.names.count > 30)
  }

  @Test(arguments: Fixtures.names)
  func givesTheExpectedRecords(_ name: String) throws {
    let ruleset = try Ruleset(path: Fixtures.ruleset)
    let records = try replay(Fixtures.capture(name), ruleset)
    let expected = try Fixtures.expected(name)
    try #require(records.count == expected.count)
    for (record, line) in zip(records, expected) { compare(record, line, ruleset) }
  }

  /// In batches of several sizes: they must not matter.
  @Test(arguments: [1, 3, 64])
  func batchesDoNotMatter(_ size: Int) throws {
    let ruleset = try Ruleset(path: Fixtures.ruleset)
    let records = try replay(Fixtures.capture("blocked"), ruleset, batch: size)
    let expected = try Fixtures.expected("blocked")
    try #require(records.count == expected.count)
    for (record, line) in zip(records, expected) { compare(record, line, ruleset) }
  }

  /// Flow and DNS records; further hosts and answers come before theirs and are left out.
  private func replay(_ capture: Capture, _ ruleset: Ruleset, batch size: Int = 16) throws -> [Record] {
    let engine = try Engine(EngineConfiguration(.server), budget: 1 << 30)
    engine.use(ruleset)
    var records: [Record] = []
    let keep: (Record) -> Void = { record in
      if record.kind == .flow || record.kind == .dns { records.append(record) }
    }
    let batch = PacketBatch(capacity: size, packetBytes: 1 << 16)
    for packet in capture.packets {
      packet.bytes.withUnsafeBytes { bytes in
        _ = batch.append(bytes, at: packet.time)
      }
      if batch.isFull {
        engine.inspect(batch, onRecord: keep)
        batch.removeAll()
      }
    }
    engine.inspect(batch, onRecord: keep)
    engine.finish(onRecord: keep)
    return records
  }

  private func compare(_ record: Record, _ line: ExpectedRecord, _ ruleset: Ruleset) {
    let kind: Record.Kind = line.type == "dns" ? .dns : .flow
    #expect(record.kind == kind)
    #expect(record.flowID == line.id)
    #expect(utc(record.start) == line.start)
    #expect(record.client.address.description == line.client.ip)
    #expect(record.client.port == line.client.port)
    #expect(record.server.address.description == line.server.ip)
    #expect(record.server.port == line.server.port)
    #expect(record.label.description == line.protocol)
    #expect(record.host == line.host)
    #expect(record.hostSource.description == line.hostSource)
    #expect(record.verdict.description == line.verdict)
    #expect(record.action.description == line.action)
    #expect(record.reason.description == line.reason)
    let source = record.rule.flatMap { ruleset.source(of: $0) }
    #expect(source?.text == line.rule?.text)
    #expect(source?.list == line.rule?.list)
    #expect(source?.line == line.rule?.line)
    if line.type == "flow" { compareFlow(record, line) }
  }

  private func compareFlow(_ record: Record, _ line: ExpectedRecord) {
    #expect(record.ja4 == line.ja4)
    #expect(record.packets.up == line.packets?.up)
    #expect(record.packets.down == line.packets?.down)
    #expect(record.bytes.up == line.bytes?.up)
    #expect(record.bytes.down == line.bytes?.down)
    #expect(record.close.description == line.close)
  }

  /// ISO 8601 with microseconds, which `Date` has no room for.
  private func utc(_ microseconds: UInt64) -> String {
    let seconds = Date(timeIntervalSince1970: TimeInterval(microseconds / 1_000_000))
    let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
    return "\(seconds.ISO8601Format().dropLast()).\(fraction)Z"
  }
}
