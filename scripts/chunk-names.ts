// Names that stay when the text changes, so that a change of one source changes one or two files of dist/ and renames none.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Metafile } from 'esbuild'

/** What the names of parts begin with that several others import. */
const shared = 'shared-'

/**
 * Names esbuild's parts, by the names that it gave them: `sign-in` or `fleet` after the module or package that a part is loaded for; if several parts import it, after
 * the first of its modules. esbuild's own names change with the text, and ncc makes the numbers of modules and files from the names.
 */
export function nameParts({ outputs }: Metafile): Map<string, string> {
  return new Map(
    Object.entries(outputs).map(([path, { entryPoint, inputs }]) => {
      const [first = 'runtime'] = Object.keys(inputs).sort()
      const name = entryPoint === undefined ? `${shared}${slugOf(first)}` : slugOf(shorten(entryPoint))
      return [basename(path, '.js'), path.endsWith('/index.js') ? 'index' : name]
    }),
  )
}

/** The name of a file, or of its package if it is the entrance: `packages/fleet/src/index.ts` is `fleet`. */
function shorten(path: string): string {
  return path.replace(/\/src\/index\.ts$/, '').replace(/^.*[/:]/, '')
}

function slugOf(path: string): string {
  return path.replace(/\.\w+$/, '').replace(/\W+/g, '-')
}

/**
 * Renames the files in a folder that ncc numbered (`41.index.js`), each with its source map, to the module that it is loaded for
 * (`keep.js`), or to all those that it is loaded for (`shared-main-report.js`).
 * @throws Error if ncc's text is not as expected, or two files would get one name
 */
export function nameChunks(folder: string): void {
  const files = readdirSync(folder).filter(file => file.endsWith('.js'))
  const texts = new Map(files.map(file => [file, readFileSync(join(folder, file), 'utf8')]))
  const numbered = files.filter(file => file !== 'index.js')
  const loadedFor = new Map(
    numbered.map(file => [file.replace('.index.js', ''), readEntry(join(folder, `${file}.map`))]),
  )
  const users = new Map<string, Set<string>>()
  for (const [, list = ''] of [...texts.values()]
    .join('\n')
    .matchAll(/Promise\.all\(\/\* import\(\) \*\/ ?\[(.*?)\]\)/g)) {
    const ids = [...list.matchAll(/\((\d+)\)/g)].map(([, id = '']) => id)
    const user = ids.map(id => loadedFor.get(id)).find(name => name !== undefined)
    if (user === undefined) throw new Error(`Nothing is loaded for its own sake in ${list}.`)
    for (const id of ids) users.set(id, (users.get(id) ?? new Set()).add(user))
  }
  const names = new Map(
    [...loadedFor].map(([id, name]) => [id, name ?? `${shared}${[...(users.get(id) ?? [])].sort().join('-')}`]),
  )
  if (new Set([...names.values(), 'index', 'post']).size !== names.size + 2)
    throw new Error(`Two files of dist/ would have one name: ${[...names.values()].sort().join(', ')}.`)
  const nameOf = (id: string): string => JSON.stringify(names.get(id))
  for (const [file, text] of texts) {
    const renamed = text
      .replace(
        /(_require__\.e\()(?:\/\* import\(\) \*\/ )?(\d+)\)/g,
        (_, start: string, id: string) => `${start}${nameOf(id)})`,
      )
      .replace(/^(exports\.ids? = \[?)(\d+)/gm, (_, start: string, id: string) => `${start}${nameOf(id)}`)
      .replace('chunkId + ".index.js"', 'chunkId + ".js"')
    const name = file === 'index.js' ? file : `${names.get(file.replace('.index.js', '')) ?? ''}.js`
    writeFileSync(join(folder, file), renamed)
    renameSync(join(folder, file), join(folder, name))
    renameSync(join(folder, `${file}.map`), join(folder, `${name}.map`))
  }
}

/** The name of the module that a file is loaded for, from its source map: `sign-in`, or `fleet` for an entrance. None if parts share the file. */
function readEntry(map: string): string | undefined {
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] }
  return sources.map(source => basename(source, '.js')).find(name => !name.startsWith(shared))
}
