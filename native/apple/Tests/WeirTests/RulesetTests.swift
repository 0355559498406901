import Foundation
import Testing

@testable import Weir

struct RulesetTests {
  @Test func tellsRuleListAndLine() throws {
    let ruleset = try Ruleset(path: Fixtures.ruleset)
    let match = try #require(ruleset.match("ADS.example.test."))
    #expect(match.action == .block)
    let source = try #require(ruleset.source(of: match.rule))
    #expect(source == Ruleset.Source(text: "ads.example.test", list: "demo-ads", line: 4))
    #expect(ruleset.match("www.example.test") == nil)
    #expect(ruleset.source(of: UInt32.max) == nil)
  }

  @Test func itsPagesStayClean() throws {
    let ruleset = try Ruleset(path: Fixtures.ruleset)
    _ = ruleset.match("ads.example.test")
    let dirty = ruleset.dirtyBytes ?? 0
    #expect(dirty == 0)
  }

  @Test func whatIsNoneIsRefused() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("weir-\(UUID().uuidString)").path
    #expect(throws: WeirError.cannotMap(path: path, errno: 2)) { _ = try Ruleset(path: path) }
    try Data(repeating: 7, count: 4096).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: WeirError.badRuleset(path: path)) { _ = try Ruleset(path: path) }
  }

  @Test func threadsShareOne() async throws {
    let ruleset = try Ruleset(path: Fixtures.ruleset)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask { ruleset.match("ads.example.test") != nil }
      }
      for await isBlocked in group { #expect(isBlocked) }
    }
  }
}
