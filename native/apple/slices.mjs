// The slices of the XCFramework: which machines each is for.

/** Oldest systems: the extension's limit is 50 MiB of memory from iOS 15 on. */
const IOS = '15.0'
const MACOS = '12.0'

export const SLICES = [
  slice('ios-arm64', 'ios', IOS, ['arm64']),
  slice('ios-arm64_x86_64-simulator', 'ios', IOS, ['arm64', 'x86_64'], 'simulator'),
  slice('macos-arm64_x86_64', 'macos', MACOS, ['arm64', 'x86_64']),
]

function slice(id, platform, minimum, architectures, variant) {
  const suffix = variant ? `-${variant}` : ''
  const targets = architectures.map((architecture) => ({
    architecture,
    triple: `${architecture}-apple-${platform}${minimum}${suffix}`,
  }))
  /** As llvm-objdump names it in the load command. */
  const loadPlatform = variant ? `${platform}${variant}` : platform
  return { id, platform, variant, minimum, architectures, targets, loadPlatform }
}
