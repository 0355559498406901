#if canImport(NetworkExtension)
  import Darwin
  import Foundation
  import Weir

  /// The tunnel through its utun descriptor: no object for each packet, four bytes of address family in
  /// front of it. The descriptor belongs to the system, which closes it when the tunnel ends.
  final class UtunDevice: PacketDevice {
    private static let packetBytes = 2048
    private static let packetsPerTurn = 64

    private let descriptor: Int32
    private let bytes: UnsafeMutableRawBufferPointer
    private let outgoing: UnsafeMutableRawBufferPointer
    private var source: DispatchSourceRead?

    /// nil: the process has no utun descriptor, as before the tunnel's settings were applied.
    init?() {
      guard let descriptor = UtunDevice.findDescriptor() else { return nil }
      self.descriptor = descriptor
      bytes = .allocate(byteCount: UtunDevice.packetBytes + UtunHeader.byteCount, alignment: 64)
      outgoing = .allocate(byteCount: UtunDevice.packetBytes + UtunHeader.byteCount, alignment: 64)
    }

    deinit {
      bytes.deallocate()
      outgoing.deallocate()
    }

    /// The system hands the descriptor over without saying which it is: it is the one that answers a
    /// question only utun sockets understand.
    private static func findDescriptor() -> Int32? {
      var name = [CChar](repeating: 0, count: Int(IFNAMSIZ))
      return (0...1024).first { descriptor in
        var length = socklen_t(name.count)
        let isUtun = getsockopt(descriptor, systemControl, interfaceName, &name, &length) == 0
        return isUtun && String(cString: name).hasPrefix("utun")
      }
    }

    /// `SYSPROTO_CONTROL` and `UTUN_OPT_IFNAME`, of headers that iOS's SDK does not have.
    private static let systemControl: Int32 = 2
    private static let interfaceName: Int32 = 2

    func start(
      on queue: DispatchQueue, onPacket: @escaping (UnsafeRawBufferPointer) -> Void,
      onPause: @escaping () -> Void
    ) {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      source.setEventHandler { [unowned self] in
        self.drain(onPacket)
        onPause()
      }
      self.source = source
      source.activate()
    }

    /// So many at a time that timers and messages on the same queue get their turn.
    private func drain(_ onPacket: (UnsafeRawBufferPointer) -> Void) {
      for _ in 0..<UtunDevice.packetsPerTurn {
        let length = Darwin.read(descriptor, bytes.baseAddress, bytes.count)
        guard length > 0 else { return }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<length])
        if let packet = UtunHeader.packet(in: frame) { onPacket(packet) }
      }
    }

    func write(_ packet: UnsafeRawBufferPointer) {
      let header = UtunHeader.byteCount
      guard packet.count <= UtunDevice.packetBytes, UtunHeader.write(for: packet, to: outgoing) else {
        return
      }
      UnsafeMutableRawBufferPointer(rebasing: outgoing[header...]).copyMemory(from: packet)
      // A device that takes no more drops the packet, as any link does.
      _ = Darwin.write(descriptor, outgoing.baseAddress, header + packet.count)
    }

    func flush() {}

    func stop() {
      source?.cancel()
      source = nil
    }
  }
#endif
