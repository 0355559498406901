/// The four bytes in front of each packet that is read from or written to a utun descriptor: the
/// address family, big-endian.
public enum UtunHeader {
  public static let byteCount = 4

  /// Darwin's numbers, which are not those of other systems: `AF_INET6` is 30 there.
  private static let inet: UInt8 = 2
  private static let inet6: UInt8 = 30

  /// The IP packet behind the header; nil when there is none, or of another family.
  public static func packet(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard bytes.count > byteCount, bytes[0] == 0, bytes[1] == 0, bytes[2] == 0,
      bytes[3] == inet || bytes[3] == inet6
    else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[byteCount...])
  }

  /// Writes the header of an IP packet, whose first byte tells the family. False: it is neither IPv4
  /// nor IPv6, or there is no room.
  public static func write(
    for packet: UnsafeRawBufferPointer, to header: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let first = packet.first, header.count >= byteCount else { return false }
    let family: UInt8
    switch first >> 4 {
    case 4: family = inet
    case 6: family = inet6
    default: return false
    }
    header.copyBytes(from: [0, 0, 0, family])
    return true
  }
}
