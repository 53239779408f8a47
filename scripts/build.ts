// Builds dist/: the bundle that GitHub's runner starts, and the licenses of what is in it. The source maps stay in build/source-maps/.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import remapping, { type SourceMapInput } from '@jridgewell/remapping'
import { transformSync } from 'esbuild'
import { checkSize, recordSize } from './bundle-size.js'
import { describeLicenses } from './licenses.js'
import { listPackages, preBundle } from './pre-bundle.js'

const parts = 'build/parts'
const maps = 'build/source-maps'
for (const folder of ['build', 'dist']) rmSync(folder, { recursive: true, force: true })
mkdirSync(maps, { recursive: true })

const packages = listPackages(await preBundle(parts))
writeFileSync(join(parts, 'package.json'), '{"type":"module"}')
const options = ['--target', 'es2022', '--no-cache', '--quiet', '--source-map', '--no-source-map-register']
execFileSync('npx', ['ncc', 'build', join(parts, 'index.js'), '--out', 'dist', ...options], { stdio: 'inherit' })
for (const file of readdirSync('dist').filter(each => each.endsWith('.js'))) minify(file)
// The post step is the same program, told so by an argument: what the step saved of its state may be missing when it was killed early.
writeFileSync('dist/post.js', "process.argv[2] = 'post'\nawait import('./index.js')\n")
writeFileSync('dist/licenses.txt', describeLicenses(packages.filter(({ folder }) => folder !== '.')))
if (process.argv.includes('--record-size')) recordSize('dist', packages)
else checkSize('dist', packages)

/**
 * Has V8 compile webpack's modules when their file is loaded. Each is a function of up to a megabyte. An arrow function is only checked then, and
 * read again when it is called; a `(function` is compiled at once (V8's heuristic for functions that are called where they stand).
 */
function compileAtOnce(code: string): string {
  return code.replace(/^(\/\*{3}\/ \()\(([\w, ]*)\) => \{$/gm, '$1function ($2) {')
}

/** Minifies a file of dist/ with the names of functions and classes kept; its map leads to the sources, and out of what runners download. */
function minify(file: string): void {
  const path = join('dist', file)
  const bundled = readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  const { code, map } = transformSync(compileAtOnce(bundled), {
    format: 'esm',
    target: 'node20',
    minify: true,
    keepNames: true,
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
