// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Weir",
  platforms: [.iOS(.v15), .macOS(.v12)],
  products: [
    .library(name: "Weir", targets: ["Weir"]),
    .library(name: "WeirPacketTunnel", targets: ["WeirPacketTunnel"]),
  ],
  targets: [
    // The C core as source: `core`, `crypto` and the headers are links to the one copy there is.
    .target(
      name: "CWeir",
      exclude: ["crypto/openssl.c"],
      cSettings: [.headerSearchPath("core"), .headerSearchPath("crypto")]
    ),
    .target(name: "CWeirPages"),
    .target(name: "Weir", dependencies: ["CWeir", "CWeirPages"]),
    .target(name: "WeirPacketTunnel", dependencies: ["Weir"]),
    .testTarget(name: "WeirTests", dependencies: ["Weir"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
