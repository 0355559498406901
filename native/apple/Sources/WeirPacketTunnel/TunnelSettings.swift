#if canImport(NetworkExtension)
  import Foundation
  import NetworkExtension
  import Weir

  /// The addresses inside the tunnel: of blocks that no network uses (RFC 2544, RFC 4193), so that they
  /// are nobody else's.
  enum TunnelAddresses {
    static let own4Text = "198.18.0.1"
    static let own6Text = "fd77:6569:72::1"
    /// Where the system's resolver sends its questions; the engine answers the blocked ones.
    static let resolver4Text = "198.18.0.2"
    static let resolver6Text = "fd77:6569:72::2"
    /// The first addresses that clients seem to have to the listener: 16,384 of each.
    static let mask4Text = "198.19.0.0"
    static let mask6Text = "fd77:6569:72:1::"

    static let own4 = Address(octets: mapped + [198, 18, 0, 1])
    static let own6 = Address(octets: site + [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    static let mask4 = Address(octets: mapped + [198, 19, 0, 0])
    static let mask6 = Address(octets: site + [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    private static let site: [UInt8] = [0xfd, 0x77, 0x65, 0x69, 0x00, 0x72]
  }

  extension TunnelOptions {
    /// What the system is asked to send here.
    var settings: NEPacketTunnelNetworkSettings {
      // The server's address is shown and never used: there is no server.
      let settings = NEPacketTunnelNetworkSettings(tunnelRemoteAddress: "127.0.0.1")
      settings.mtu = 1500
      settings.ipv4Settings = ipv4
      settings.ipv6Settings = ipv6
      settings.dnsSettings = dns
      return settings
    }

    /// Every name is asked for here, `""` being a suffix of all.
    private var dns: NEDNSSettings {
      let dns = NEDNSSettings(servers: [
        TunnelAddresses.resolver4Text, TunnelAddresses.resolver6Text,
      ])
      dns.matchDomains = [""]
      return dns
    }

    private var ipv4: NEIPv4Settings {
      let settings = NEIPv4Settings(
        addresses: [TunnelAddresses.own4Text], subnetMasks: ["255.255.255.255"])
      let inside = NEIPv4Route(destinationAddress: "198.18.0.0", subnetMask: "255.254.0.0")
      switch reach {
      case .all:
        settings.includedRoutes = [NEIPv4Route.default(), inside]
      case .names:
        settings.includedRoutes =
          [inside]
          + indicators.filter { !$0.isIPv6 && $0.prefixLength <= 32 }.map {
            NEIPv4Route(destinationAddress: $0.address, subnetMask: $0.mask)
          }
      }
      return settings
    }

    private var ipv6: NEIPv6Settings {
      let settings = NEIPv6Settings(
        addresses: [TunnelAddresses.own6Text], networkPrefixLengths: [128])
      let inside = NEIPv6Route(destinationAddress: "fd77:6569:72::", networkPrefixLength: 48)
      switch reach {
      case .all:
        settings.includedRoutes = [NEIPv6Route.default(), inside]
      case .names:
        settings.includedRoutes =
          [inside]
          + indicators.filter(\.isIPv6).map {
            NEIPv6Route(
              destinationAddress: $0.address,
              networkPrefixLength: NSNumber(value: $0.prefixLength))
          }
      }
      return settings
    }
  }

  extension TunnelOptions.AddressRange {
    fileprivate var mask: String {
      let bits = prefixLength == 0 ? 0 : UInt32.max << UInt32(32 - prefixLength)
      return [24, 16, 8, 0].map { String(bits >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
  }
#endif
