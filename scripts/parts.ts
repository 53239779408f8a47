import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Metafile, OutputFile } from 'esbuild'
import { nameParts } from './chunk-names.js'

/** A part belongs to those that every run loads if it is smaller than this, before it is minified, and as many parts that are loaded later import it. */
const maxCommonBytes = 5_000
const minUsers = 10

/** Writes the parts that esbuild has made to a folder, with names that stay, and their source maps. */
export function writeParts(folder: string, metafile: Metafile, files: readonly OutputFile[]): void {
  const names = nameParts(metafile)
  const nameOf = (path: string): string => names.get(basename(path, '.js')) ?? ''
  const { first, common } = findCommon(metafile)
  // ncc keeps what the function imports in the file of the first part. Nothing calls it, and the minifier drops it.
  const imports = common.map(path => `import(/* webpackMode: "eager" */ "./${nameOf(path)}.js")`)
  mkdirSync(folder, { recursive: true })
  for (const { path, text } of files) {
    const isMap = path.endsWith('.map')
    const name = nameOf(path.replace(/\.map$/, ''))
    const renamed = text.replace(/"\.\/([\w-]+\.js)"/g, (_, each: string) => `"./${nameOf(each)}.js"`)
    const alongside = name === nameOf(first) ? `void (() => [${imports.join(', ')}])\n` : ''
    writeFileSync(join(folder, `${name}.js${isMap ? '.map' : ''}`), isMap ? text : renamed + alongside)
  }
}

/**
 * The part that index.js loads first, and those that belong to it: small ones that many parts share which are loaded later. ncc would repeat them in up to four of its
 * files, because it makes no file of less than 20 kB for what is shared. This saves 9 kB in all, and a change of one of them changes one file.
 */
function findCommon({ outputs }: Metafile): { first: string; common: string[] } {
  const reach = (path: string, reached = new Set<string>()): Set<string> => {
    if (reached.has(path)) return reached
    reached.add(path)
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') reach(next, reached)
    return reached
  }
  const entries = Object.keys(outputs).filter(path => outputs[path]?.entryPoint !== undefined)
  const index = entries.find(path => basename(path) === 'index.js') ?? ''
  const first = outputs[index]?.imports.find(({ kind }) => kind === 'dynamic-import')?.path ?? index
  const atOnce = new Set([...reach(index), ...reach(first)])
  const later = entries.filter(path => !atOnce.has(path)).map(path => reach(path))
  const common = Object.entries(outputs)
    .filter(([path, { bytes }]) => bytes < maxCommonBytes && !atOnce.has(path))
    .map(([path]) => path)
    .filter(path => later.filter(reached => reached.has(path)).length >= minUsers)
  return { first, common }
}
