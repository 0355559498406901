import CWeir

/// A listener on the device to which allowed flows are sent back, since a tunnel that never forwards
/// has to complete handshakes on the host. See `weir_hairpin` in `weir.h`.
public struct Hairpin: Sendable {
  /// The listener's addresses, routed to the tunnel and nobody else's.
  public let own4: Address
  public let own6: Address
  /// The first of the addresses that clients seem to have; routed to the tunnel, too: 16,384 of each for
  /// every 32,768 flows of the engine.
  public let mask4: Address
  public let mask6: Address
  /// The listener's ports; 0: such flows are not sent back.
  public let tcpPort: UInt16
  public let udpPort: UInt16

  public init(
    own4: Address, own6: Address, mask4: Address, mask6: Address, tcpPort: UInt16, udpPort: UInt16
  ) {
    self.own4 = own4
    self.own6 = own6
    self.mask4 = mask4
    self.mask6 = mask6
    self.tcpPort = tcpPort
    self.udpPort = udpPort
  }

  var core: weir_hairpin {
    var hairpin = weir_hairpin()
    hairpin.own4 = own4.core
    hairpin.own6 = own6.core
    hairpin.mask4 = mask4.core
    hairpin.mask6 = mask6.core
    hairpin.tcp_port = tcpPort
    hairpin.udp_port = udpPort
    return hairpin
  }
}

/// What a packet read from the tunnel is to the hairpin.
public enum Turn: Sendable {
  /// No packet of the listener's.
  case none
  /// The listener's, now one of the server that the client asked for: it is inbound.
  case server
  /// The listener's, of a flow that has ended: to be dropped.
  case stale
}
