import CWeir
import CWeirPages

/// A compiled ruleset, mapped read-only: a million rules take address space and no memory of one's
/// own, and the system may drop their pages and read them again. Immutable, so that several engines
/// on several threads may share one.
public final class Ruleset: @unchecked Sendable {
  /// Where it was mapped from.
  public let path: String
  /// Of the file.
  public let byteCount: Int
  private let base: UnsafeRawPointer
  private let view: weir_ruleset

  /// Maps the file and checks its header and the bounds of its sections, in constant time. Replace a
  /// file that may be mapped by a rename, never in place.
  public init(path: String) throws(WeirError) {
    var bytes = 0
    var code: Int32 = 0
    guard let base = weir_pages_map(path, &bytes, &code) else {
      throw WeirError.cannotMap(path: path, errno: code)
    }
    var view = weir_ruleset()
    let file = weir_bytes(base: base.assumingMemoryBound(to: UInt8.self), len: bytes)
    let status = weir_ruleset_open(&view, file)
    guard status == WEIR_OK else {
      weir_pages_unmap(base, bytes)
      throw status == WEIR_RULESET_VERSION
        ? WeirError.rulesetVersion(path: path) : WeirError.badRuleset(path: path)
    }
    self.path = path
    self.byteCount = bytes
    self.base = base
    self.view = view
  }

  deinit { weir_pages_unmap(base, byteCount) }

  public var ruleCount: Int { Int(view.rule_count) }

  /// Bytes of the mapping that became this process's own, which the extension's limit counts: 0, or
  /// something wrote to it. nil: the system does not tell.
  public var dirtyBytes: Int? {
    let bytes = weir_pages_dirty(base, byteCount)
    return bytes < 0 ? nil : Int(bytes)
  }

  /// What the rules say of a host.
  public struct Match: Sendable, Equatable {
    public let rule: UInt32
    public let action: Action
  }

  /// The rule that decides for a host as people write it: a name in any case, or an address. nil: no
  /// rule speaks of it.
  public func match(_ host: String) -> Match? {
    var host = host
    var match = weir_match()
    let isFound = host.withUTF8 { text in
      let name = weir_bytes(base: text.baseAddress, len: text.count)
      return withCore { weir_ruleset_match_host($0, name, &match) }
    }
    return isFound ? Match(rule: match.rule, action: Action(rawValue: match.action)) : nil
  }

  /// Where a rule comes from; lines count from 1.
  public struct Source: Sendable, Equatable {
    public let text: String
    public let list: String
    public let line: Int
  }

  /// nil: there is no such rule.
  public func source(of rule: UInt32) -> Source? {
    var list = weir_bytes()
    var line: UInt32 = 0
    guard withCore({ weir_ruleset_provenance($0, rule, &list, &line) }) else { return nil }
    let name = UnsafeBufferPointer(start: list.base, count: list.len)
    return Source(
      text: text(of: rule), list: String(decoding: name, as: UTF8.self), line: Int(line))
  }

  private func text(of rule: UInt32) -> String {
    let room = withCore { weir_ruleset_text($0, rule, nil, 0) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
      _ = withCore { weir_ruleset_text($0, rule, buffer.baseAddress, room) }
      return String(decoding: UnsafeRawBufferPointer(buffer), as: UTF8.self)
    }
  }

  func withCore<Result>(_ body: (UnsafePointer<weir_ruleset>) -> Result) -> Result {
    withUnsafePointer(to: view, body)
  }
}
