import Foundation

/// The IP packets of a classic little-endian pcap file with microseconds, of Ethernet (1) or raw IP (101):
/// what all of the project's fixtures are.
struct Capture {
  struct Packet {
    /// Microseconds since 1970.
    let time: UInt64
    let bytes: [UInt8]
  }

  enum Problem: Error {
    case unsupported
  }

  private(set) var packets: [Packet] = []

  init(_ file: Data) throws {
    let bytes = [UInt8](file)
    guard bytes.count >= 24, Capture.little32(bytes, 0) == 0xa1b2_c3d4 else {
      throw Problem.unsupported
    }
    let link = Capture.little32(bytes, 20)
    guard link == 1 || link == 101 else { throw Problem.unsupported }
    var at = 24
    while at + 16 <= bytes.count {
      let length = Capture.little32(bytes, at + 8)
      guard at + 16 + length <= bytes.count else { break }
      let time = UInt64(Capture.little32(bytes, at)) * 1_000_000
      let frame = bytes[(at + 16)..<(at + 16 + length)]
      if let packet = link == 1 ? Capture.inEthernet(frame) : frame {
        let microseconds = time + UInt64(Capture.little32(bytes, at + 4))
        packets.append(Packet(time: microseconds, bytes: Array(packet)))
      }
      at += 16 + length
    }
  }

  /// Behind any VLAN tags (IEEE 802.1Q); nil: not IP.
  private static func inEthernet(_ frame: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var rest = frame.dropFirst(12)
    while rest.count >= 2 {
      let type = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      switch type {
      case 0x8100, 0x88a8, 0x9100: rest = rest.dropFirst(4)
      case 0x0800, 0x86dd: return rest.dropFirst(2)
      default: return nil
      }
    }
    return nil
  }

  private static func little32(_ bytes: [UInt8], _ at: Int) -> Int {
    var value = 0
    for index in 0..<4 { value += Int(bytes[at + index]) << (8 * index) }
    return value
  }
}
