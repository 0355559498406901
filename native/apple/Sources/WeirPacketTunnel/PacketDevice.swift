#if canImport(NetworkExtension)
  import Foundation

  /// Where packets come from and go to. Apple's systems have two ways; the loop knows neither.
  protocol PacketDevice: AnyObject {
    /// Calls `onPacket` on `queue` with one IP packet after the other, without any header in front, and
    /// `onPause` when there are no more for now. The bytes are valid during the call.
    func start(
      on queue: DispatchQueue, onPacket: @escaping (UnsafeRawBufferPointer) -> Void,
      onPause: @escaping () -> Void)

    /// Hands an IP packet to the device's own stack, at `flush()` at the latest.
    func write(_ packet: UnsafeRawBufferPointer)
    func flush()
    func stop()
  }
#endif
