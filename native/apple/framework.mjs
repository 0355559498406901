// The XCFramework around the libraries: Info.plist, headers, module map, privacy manifest.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LIBRARY = 'libweir.a'
/** The Swift package's, so that one module is as good as the other. */
const HEADERS = ['weir.h', 'crypto.h', 'module.modulemap']

export function writeFramework(tools, native, folder, built) {
  mkdirSync(folder, { recursive: true })
  for (const { slice, libraries } of built) {
    const headers = join(folder, slice.id, 'Headers')
    mkdirSync(headers, { recursive: true })
    tools.run('llvm-lipo', '-create', ...libraries, '-output', join(folder, slice.id, LIBRARY))
    for (const name of HEADERS)
      copyFileSync(join(native, 'apple/Sources/CWeir/include', name), join(headers, name))
    copyFileSync(
      join(native, 'apple/PrivacyInfo.xcprivacy'),
      join(folder, slice.id, 'PrivacyInfo.xcprivacy'),
    )
  }
  writeFileSync(join(folder, 'Info.plist'), infoPlist(built.map(({ slice }) => slice)))
}

function infoPlist(slices) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>AvailableLibraries</key>
	<array>
${slices.map(libraryEntry).join('\n')}
	</array>
	<key>CFBundlePackageType</key>
	<string>XFWK</string>
	<key>XCFrameworkFormatVersion</key>
	<string>1.0</string>
</dict>
</plist>
`
}

function libraryEntry({ id, platform, variant, architectures }) {
  const string = (key, value) => `			<key>${key}</key>\n			<string>${value}</string>`
  return `		<dict>
${string('BinaryPath', LIBRARY)}
${string('HeadersPath', 'Headers')}
${string('LibraryIdentifier', id)}
${string('LibraryPath', LIBRARY)}
			<key>SupportedArchitectures</key>
			<array>
${architectures.map((one) => `				<string>${one}</string>`).join('\n')}
			</array>
${string('SupportedPlatform', platform)}${variant ? `\n${string('SupportedPlatformVariant', variant)}` : ''}
		</dict>`
}
