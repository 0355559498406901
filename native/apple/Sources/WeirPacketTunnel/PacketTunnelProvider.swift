#if canImport(NetworkExtension)
  import Foundation
  import Network
  import NetworkExtension
  import Weir

  /// A packet tunnel that inspects the device's own traffic on the device, and sends nothing on. An
  /// extension target names this class as its principal class, or a subclass of it.
  open class PacketTunnelProvider: NEPacketTunnelProvider, @unchecked Sendable {
    /// The whole extension may take 50 MiB, 15 before iOS 15; the engine's block is what grows with flows.
    private static let engineBudget = 12 << 20

    /// Everything that the tunnel does happens here, and so does every access to `loop`.
    private let queue = DispatchQueue(label: "weir.packets", qos: .userInitiated)
    private let paths = NWPathMonitor()
    private var pressure: DispatchSourceMemoryPressure?
    private var loop: PacketLoop?
    private var options: TunnelOptions?

    open override func startTunnel(
      options: [String: NSObject]?, completionHandler: @escaping @Sendable ((any Error)?) -> Void
    ) {
      let proto = protocolConfiguration as? NETunnelProviderProtocol
      guard let options = TunnelOptions(proto?.providerConfiguration ?? [:]) else {
        completionHandler(NEVPNError(.configurationInvalid))
        return
      }
      setTunnelNetworkSettings(options.settings) { [self] error in
        queue.async { [self] in
          completionHandler(error ?? begin(options))
        }
      }
    }

    /// Behind the settings: only then is there a descriptor to find. nil: all is well.
    private func begin(_ options: TunnelOptions) -> (any Error)? {
      do {
        let engine = try Engine(EngineConfiguration(.phone).seeded(), budget: Self.engineBudget)
        engine.use(try Ruleset(path: options.rules.path))
        let loop = PacketLoop(
          queue: queue, engine: engine, device: device(options),
          outbox: RecordOutbox(in: options.container), hairpin: options.hairpin)
        loop.start()
        self.loop = loop
        self.options = options
        watch()
        return nil
      } catch {
        return error
      }
    }

    private func device(_ options: TunnelOptions) -> any PacketDevice {
      if options.usesDescriptor, let device = UtunDevice() { return device }
      return PacketFlowDevice(packetFlow)
    }

    open override func stopTunnel(
      with reason: NEProviderStopReason, completionHandler: @escaping @Sendable () -> Void
    ) {
      queue.async { [self] in
        paths.cancel()
        pressure?.cancel()
        loop?.stop()
        loop = nil
        completionHandler()
      }
    }

    // MARK: What the system says

    private func watch() {
      let source = DispatchSource.makeMemoryPressureSource(
        eventMask: [.warning, .critical], queue: queue)
      source.setEventHandler { [weak self, weak source] in
        let isCritical = source?.data.contains(.critical) ?? false
        self?.loop?.trim(isCritical ? .silent : .buffers)
      }
      source.activate()
      pressure = source
      // The flows of a path that is gone will not go on: the core's idle timers end them. Their peers,
      // the device's own programs, open new ones, which are judged as any other.
      paths.pathUpdateHandler = { [weak self] _ in self?.loop?.wake() }
      paths.start(queue: queue)
    }

    open override func sleep(completionHandler: @escaping @Sendable () -> Void) {
      queue.async { [self] in
        loop?.trim(.unused)
        completionHandler()
      }
    }

    open override func wake() {
      queue.async { [self] in loop?.wake() }
    }

    // MARK: What the app says

    /// `rules`: a new `rules.weir` has been moved into the container; the old one stays in use when it is
    /// none. `protection block|audit|off`. `counters`. The answer is text.
    open override func handleAppMessage(
      _ message: Data, completionHandler: (@Sendable (Data?) -> Void)? = nil
    ) {
      let words = String(decoding: message, as: UTF8.self).split(separator: " ").map(String.init)
      queue.async { [self] in
        completionHandler?(Data(answer(words).utf8))
      }
    }

    private func answer(_ words: [String]) -> String {
      guard let loop, let options else { return "the tunnel is not running" }
      switch words {
      case ["rules"]:
        do {
          loop.use(try Ruleset(path: options.rules.path))
          return "ok"
        } catch {
          return "\(error)"
        }
      case ["protection", "block"]: loop.setProtection(.block)
      case ["protection", "audit"]: loop.setProtection(.audit)
      case ["protection", "off"]: loop.setProtection(.off)
      case ["counters"]:
        let counters = loop.counters
        return "packets \(counters.packets) dropped \(counters.dropped) lost \(counters.recordsLost)"
      default: return "no such message"
      }
      return "ok"
    }
  }

  extension EngineConfiguration {
    /// With a hash key of its own, so that nobody can choose flows that collide.
    fileprivate func seeded() -> EngineConfiguration {
      var seeded = self
      seeded.seed = (.random(in: .min ... .max), .random(in: .min ... .max))
      return seeded
    }
  }
#endif
