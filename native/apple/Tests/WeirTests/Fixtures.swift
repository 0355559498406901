import Foundation

/// What the project's other tests use, too: captures with the records that are expected of them.
enum Fixtures {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The demonstration lists, compiled: `test/blocklist/golden.test.ts` makes and compares it.
  static let ruleset = here.appendingPathComponent("../../../fuzz/seeds/ruleset/demo").path

  /// `fixtures/captures`, from native/apple/Tests/WeirTests.
  private static let captures = here.appendingPathComponent("../../../../fixtures/captures")

  static let names: [String] = {
    let found = try? FileManager.default.contentsOfDirectory(atPath: captures.path)
    return (found ?? []).sorted()
  }()

  static func capture(_ name: String) throws -> Capture {
    try Capture(Data(contentsOf: captures.appendingPathComponent("\(name)/input.pcap")))
  }

  static func expected(_ name: String) throws -> [ExpectedRecord] {
    let file = captures.appendingPathComponent("\(name)/expected.ndjson")
    let decoder = JSONDecoder()
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      try decoder.decode(ExpectedRecord.self, from: Data(line.utf8))
    }
  }
}

/// What of a line of `expected.ndjson` the Swift module tells, too.
struct ExpectedRecord: Decodable {
  struct Side: Decodable {
    let ip: String
    let port: UInt16
  }
  struct BothWays: Decodable {
    let up: UInt64
    let down: UInt64
  }
  struct Rule: Decodable {
    let text: String
    let list: String
    let line: Int
  }
  let type: String
  let id: UInt64
  let start: String
  let client: Side
  let server: Side
  let `protocol`: String
  let host: String?
  let hostSource: String
  let verdict: String
  let action: String
  let reason: String
  let rule: Rule?
  let ja4: String?
  let packets: BothWays?
  let bytes: BothWays?
  let close: String?
}
