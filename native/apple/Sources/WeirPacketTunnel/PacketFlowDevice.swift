#if canImport(NetworkExtension)
  import Foundation
  import NetworkExtension

  /// The tunnel through `NEPacketTunnelFlow`, the documented way: batches of packets, with the address
  /// family of each beside them.
  ///
  /// All but `flow` is touched on the queue of `start` only, hence the unchecked conformance.
  final class PacketFlowDevice: PacketDevice, @unchecked Sendable {
    private let flow: NEPacketTunnelFlow
    private var queue: DispatchQueue?
    private var onPacket: ((UnsafeRawBufferPointer) -> Void)?
    private var onPause: (() -> Void)?
    private var packets: [Data] = []
    private var families: [NSNumber] = []

    init(_ flow: NEPacketTunnelFlow) { self.flow = flow }

    func start(
      on queue: DispatchQueue, onPacket: @escaping (UnsafeRawBufferPointer) -> Void,
      onPause: @escaping () -> Void
    ) {
      self.queue = queue
      self.onPacket = onPacket
      self.onPause = onPause
      read()
    }

    /// One batch at a time: the next is asked for when this one has been judged, so that the system
    /// holds what the extension has no room for.
    private func read() {
      guard let queue else { return }
      flow.readPackets { [weak self] packets, _ in
        queue.async { [weak self] in self?.take(packets) }
      }
    }

    private func take(_ packets: [Data]) {
      guard let onPacket, let onPause else { return }
      for packet in packets { packet.withUnsafeBytes { onPacket($0) } }
      onPause()
      read()
    }

    func write(_ packet: UnsafeRawBufferPointer) {
      guard let first = packet.first else { return }
      packets.append(Data(packet))
      families.append(NSNumber(value: first >> 4 == 6 ? AF_INET6 : AF_INET))
    }

    func flush() {
      guard !packets.isEmpty else { return }
      flow.writePackets(packets, withProtocols: families)
      packets.removeAll(keepingCapacity: true)
      families.removeAll(keepingCapacity: true)
    }

    func stop() {
      queue = nil
      onPacket = nil
      onPause = nil
    }
  }
#endif
