#if canImport(NetworkExtension)
  import Foundation
  import Weir

  /// What the containing app tells the tunnel, in its `providerConfiguration`.
  struct TunnelOptions {
    /// How much of the traffic comes by.
    enum Reach: String {
      /// DNS, and the addresses that indicators name: the least work and the least battery.
      case names
      /// Everything. Allowed flows end at the listener.
      case all
    }

    let reach: Reach
    /// The app group whose container holds `rules.weir` and takes the records.
    let container: URL
    /// Address ranges that indicators name, for `names`.
    let indicators: [AddressRange]
    /// Ports of the app's own listener, on the tunnel's address; without one, allowed packets are
    /// counted and dropped.
    let tcpPort: UInt16
    let udpPort: UInt16
    /// Reads and writes the utun descriptor itself instead of `NEPacketTunnelFlow`.
    let usesDescriptor: Bool

    struct AddressRange {
      let address: String
      let prefixLength: Int
    }

    /// nil: there is no app group of that name, or a value is of the wrong kind.
    init?(_ configuration: [String: Any]) {
      guard let group = configuration["group"] as? String,
        let container = FileManager.default.containerURL(
          forSecurityApplicationGroupIdentifier: group),
        let reach = Reach(rawValue: configuration["reach"] as? String ?? Reach.names.rawValue)
      else { return nil }
      self.container = container
      self.reach = reach
      indicators = (configuration["indicators"] as? [String] ?? []).compactMap(AddressRange.init)
      tcpPort = configuration["tcpPort"] as? UInt16 ?? 0
      udpPort = configuration["udpPort"] as? UInt16 ?? 0
      usesDescriptor = configuration["usesDescriptor"] as? Bool ?? false
    }

    var rules: URL { container.appendingPathComponent("rules.weir") }

    var hairpin: Hairpin? {
      guard tcpPort != 0 || udpPort != 0 else { return nil }
      return Hairpin(
        own4: TunnelAddresses.own4, own6: TunnelAddresses.own6, mask4: TunnelAddresses.mask4,
        mask6: TunnelAddresses.mask6, tcpPort: tcpPort, udpPort: udpPort)
    }
  }

  extension TunnelOptions.AddressRange {
    /// `192.0.2.0/24` or `2001:db8::/32`; nil: neither.
    init?(_ text: String) {
      let parts = text.split(separator: "/")
      guard parts.count == 2, let length = Int(parts[1]), (0...128).contains(length) else {
        return nil
      }
      address = String(parts[0])
      prefixLength = length
    }

    var isIPv6: Bool { address.contains(":") }
  }
#endif
