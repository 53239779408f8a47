import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A file of the bundle that a run has loaded. */
interface Loaded {
  name: string
  bytes: number
}

/** The names of the entry points among the files: without those that several entry points share. */
export const entriesOf = (loaded: readonly Loaded[]): string[] =>
  loaded.map(({ name }) => name).filter(name => !name.startsWith('shared-'))

/** How large files are together, in kB. */
export const kilobytes = (loaded: readonly Loaded[]): number => loaded.reduce((sum, { bytes }) => sum + bytes, 0) / 1000

/**
 * Lets a run note each module of the bundle when it loads it.
 * @returns variables for the run, and what it has loaded, in order: each file once, although the post step is a process of its own
 */
export function noteLoads(): { environment: Record<string, string>; loaded: () => Loaded[] } {
  const file = join(mkdtempSync(join(tmpdir(), 'loads-')), 'loads')
  const main = `import { appendFileSync } from 'node:fs'
    import Module from 'node:module'
    const load = Module._extensions['.js']
    Module._extensions['.js'] = (module, path) => {
      appendFileSync(${JSON.stringify(file)}, path + '\\n')
      load(module, path)
    }`
  return {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(main)}` },
    loaded: () =>
      [...new Set(readFileSync(file, 'utf8').trim().split('\n'))]
        .filter(path => path.includes('/dist/'))
        .map(path => ({ name: basename(path), bytes: statSync(path).size })),
  }
}
