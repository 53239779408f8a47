// Builds dist/: the bundle that GitHub's runner starts, and the licenses of its packages. Each step saves time (CPU time from
// start to end of a run that fails at sign-in: 160 ms with all of them) or size (1.3 MB with all of them):
//   1. esbuild    tree-shakes the sources and their packages into parts: see pre-bundle.ts for each saving
//   2. ncc        15 to 40 ms together with step 3, compared to esbuild's parts alone, which would miss the target of 1.35 × the
//                 minimum for a first attach; its files get names that stay: see chunk-names.ts
//   3. compile    30 to 60 ms: V8 compiles each module once
//   4. minify     1.3 MB of 2.7 MB that every job downloads
//   5. source maps for bench/profile.ts and for stack traces in bug reports, outside dist/
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import remapping, { type SourceMapInput } from '@jridgewell/remapping'
import { transformSync } from 'esbuild'
import { checkSize, recordSize } from './bundle-size.js'
import { nameChunks } from './chunk-names.js'
import { describeLicenses } from './licenses.js'
import { listPackages, preBundle } from './pre-bundle.js'

const parts = 'build/parts'
const maps = 'build/source-maps'
// Not all of build/: the nodes of a real cluster have files from there.
for (const folder of [parts, maps, 'dist']) rmSync(folder, { recursive: true, force: true })
mkdirSync(maps, { recursive: true })

const packages = listPackages(await preBundle(parts))
// Without a type, ncc writes CommonJS: Node starts its loader of ES modules only where it meets one, and that takes 3 ms.
writeFileSync(join(parts, 'package.json'), '{}')
const options = ['--target', 'es2022', '--no-cache', '--quiet', '--source-map', '--no-source-map-register']
execFileSync('npx', ['ncc', 'build', join(parts, 'index.js'), '--out', 'dist', ...options], { stdio: 'inherit' })
writeFileSync('dist/package.json', '{"type":"commonjs"}')
nameChunks('dist')
for (const file of readdirSync('dist').filter(each => each.endsWith('.js'))) minify(file)
// The post step is the same program with an argument, because the saved state can be missing if the step was killed early.
// It listens to signals at once, because it must delete a kubeconfig even in a cancelled job; index.ts listens later.
const signals = "for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK']) process.on(name, () => undefined)"
writeFileSync('dist/post.js', `${signals}\nprocess.argv[2] = 'post'\nrequire('./index.js')\n`)
writeFileSync('dist/licenses.txt', describeLicenses(packages))
if (process.argv.includes('--record-size')) recordSize('dist', packages)
else checkSize('dist', packages)

/**
 * Makes V8 compile webpack's modules when their file is loaded. Each is a function of up to a megabyte. V8 only checks an arrow function and parses it again
 * when it is called; it compiles a `(function` at once (its heuristic for functions that are called immediately).
 */
function compileAtOnce(code: string): string {
  return code.replace(/^(\/\*{3}\/ \()\(([\w, ]*)\) => \{$/gm, '$1function ($2) {')
}

/** Gives a file Node's own `require` by another name, in the line that is there, for the source map. */
function nameRequire(code: string): string {
  return code.replace('"use strict";', '"use strict"; const nodeRequire = require;')
}

/**
 * Minifies a file of dist/, and moves its map, which refers to the sources, out of dist/. Names of functions are not kept: that would cost 100 kB, and a call for each
 * when the file is loaded. With the maps, a stack trace leads to the sources.
 */
function minify(file: string): void {
  const path = join('dist', file)
  const bundled = readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  const { code, map } = transformSync(compileAtOnce(nameRequire(bundled)), {
    target: 'node20',
    minify: true,
    legalComments: 'none',
    sourcemap: 'external',
    sourcefile: file,
  })
  writeFileSync(path, code)
  const loadMap = (source: string): SourceMapInput | null => {
    const from = source === file ? `${path}.map` : join(parts, `${basename(source)}.map`)
    return existsSync(from) ? readFileSync(from, 'utf8') : null
  }
  writeFileSync(join(maps, `${file}.map`), remapping(map, loadMap).toString())
  rmSync(`${path}.map`)
}
