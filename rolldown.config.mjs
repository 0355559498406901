// The command line: what a replay needs in one file, the rest in files that are read when they are
// called for. As CommonJS, whose loader Node has ready when it starts; packages stay outside.
import { writeFileSync } from 'node:fs'
import { defineConfig } from 'rolldown'

const dir = 'dist/cli'

export default defineConfig({
  input: { weir: 'src/cli/weir.ts' },
  platform: 'node',
  transform: { target: 'es2022' },
  // What the compiler puts in for `using` is no package of ours: it goes into the file.
  external: /^(?!@oxc-project\/)[a-z@]/,
  output: {
    dir,
    format: 'cjs',
    cleanDir: true,
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'replay', test: /cli.(replay|summary)\.ts$/ }] },
  },
  plugins: [
    {
      name: 'package',
      writeBundle: () => writeFileSync(`${dir}/package.json`, '{ "type": "commonjs" }\n'),
    },
  ],
})
