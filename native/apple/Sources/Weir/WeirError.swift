/// What can go wrong with a call. A bad packet is never an error: it gets a verdict and a reason.
public enum WeirError: Error, Equatable, CustomStringConvertible {
  /// A figure of the configuration is out of the bounds that `weir.h` gives.
  case badConfiguration
  /// The configuration takes `needed` bytes, `budget` are allowed. `fittingFlows` is the largest
  /// number of flows with which it would fit, nil when none does.
  case doesNotFit(needed: Int, budget: Int, fittingFlows: Int?)
  /// The system has no such memory.
  case noMemory(bytes: Int)
  /// `path` cannot be opened or mapped; `errno` has the system's number.
  case cannotMap(path: String, errno: Int32)
  /// The file is no ruleset, or a damaged one.
  case badRuleset(path: String)
  /// The ruleset was written by another version of the format: compile it anew.
  case rulesetVersion(path: String)

  public var description: String {
    switch self {
    case .badConfiguration:
      return "a figure of the configuration is out of its bounds: see EngineConfiguration"
    case .doesNotFit(let needed, let budget, let flows):
      let advice = flows.map { "\($0) flows would fit" } ?? "even the fewest flows would not fit"
      return "the engine takes \(needed) bytes and may take \(budget): \(advice)"
    case .noMemory(let bytes):
      return "the system has no \(bytes) bytes for the engine"
    case .cannotMap(let path, let errno):
      return "\(path) cannot be mapped (error \(errno)): is it there, and not empty?"
    case .badRuleset(let path):
      return "\(path) is no ruleset or a damaged one: compile it again with `weir compile`"
    case .rulesetVersion(let path):
      return "\(path) is of another format version: compile it again with this version's weir"
    }
  }
}
