#if canImport(NetworkExtension)
  import Foundation
  import Weir

  /// Records on their way to the containing app: a file in the container that both share, of records in
  /// their own form. Bounded: past the limit it starts anew and one older file is kept, so that the two
  /// never take more than twice the limit. What is in it stays on the device.
  final class RecordOutbox {
    private static let limit = 8 << 20

    private let file: URL
    private var pending = Data()
    private var written = 0

    init(in container: URL) {
      file = container.appendingPathComponent("records.weir")
      let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize
      written = size.flatMap { $0 } ?? 0
    }

    func append(_ record: Record) {
      record.withBytes { pending.append(contentsOf: $0) }
      if pending.count >= 64 << 10 { flush() }
    }

    /// Records that cannot be written are lost, never kept: memory is what an extension has least of.
    func flush() {
      guard !pending.isEmpty else { return }
      if written + pending.count > RecordOutbox.limit { rotate() }
      if let handle = openForAppending() {
        try? handle.write(contentsOf: pending)
        try? handle.close()
        written += pending.count
      }
      pending.removeAll(keepingCapacity: true)
    }

    private func openForAppending() -> FileHandle? {
      if !FileManager.default.fileExists(atPath: file.path) {
        // Readable while the device is locked, after it was unlocked once: the tunnel runs then, too.
        let protection = [
          FileAttributeKey.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication
        ]
        FileManager.default.createFile(atPath: file.path, contents: nil, attributes: protection)
      }
      let handle = try? FileHandle(forWritingTo: file)
      _ = try? handle?.seekToEnd()
      return handle
    }

    private func rotate() {
      let older = file.appendingPathExtension("1")
      try? FileManager.default.removeItem(at: older)
      try? FileManager.default.moveItem(at: file, to: older)
      written = 0
    }
  }
#endif
