import CWeir

/// How large an engine is, and what it starts from. See `weir_config` in `weir.h`.
public struct EngineConfiguration: @unchecked Sendable {
  /// The core's own form; its `crypto` is nil until an engine fills it in, hence the unchecked conformance.
  private(set) var core: weir_config

  public enum Preset: Sendable {
    /// At most 4 MiB.
    case tiny
    /// At most 12 MiB and 16,384 flows: for a packet-tunnel extension.
    case phone
    case server
  }

  public init(_ preset: Preset) {
    core = weir_config()
    let chosen: weir_preset
    switch preset {
    case .tiny: chosen = WEIR_PRESET_TINY
    case .phone: chosen = WEIR_PRESET_PHONE
    case .server: chosen = WEIR_PRESET_SERVER
    }
    let isKnown = weir_config_preset(&core, MemoryLayout<weir_config>.size, chosen)
    precondition(isKnown, "the header and the core are of different versions")
  }

  /// 16 to 2^24.
  public var maxFlows: Int {
    get { Int(core.max_flows) }
    set { core.max_flows = UInt32(clamping: newValue) }
  }

  /// The key of the flow table's hash: random live, zero where a replay is to give the same records.
  public var seed: (UInt64, UInt64) {
    get { core.seed }
    set { core.seed = newValue }
  }

  /// Bytes that an engine of this configuration takes; nil: a figure is out of its bounds.
  public var byteCount: Int? {
    let bytes = withUnsafePointer(to: core) { weir_engine_size($0) }
    return bytes == 0 ? nil : bytes
  }

  func needed(within budget: Int) throws(WeirError) -> Int {
    guard let needed = byteCount else { throw WeirError.badConfiguration }
    guard needed <= budget else {
      throw WeirError.doesNotFit(needed: needed, budget: budget, fittingFlows: fittingFlows(budget))
    }
    return needed
  }

  /// The most flows with which this configuration takes no more than `budget` bytes.
  private func fittingFlows(_ budget: Int) -> Int? {
    var tried = self
    var low = 15
    var high = maxFlows
    while high - low > 1 {
      tried.maxFlows = (low + high) / 2
      if let bytes = tried.byteCount, bytes <= budget {
        low = tried.maxFlows
      } else {
        high = tried.maxFlows
      }
    }
    return low < 16 ? nil : low
  }
}
