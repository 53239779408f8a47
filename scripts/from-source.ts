import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What lets a debugger follow a process into those that it starts (github.com/microsoft/vscode-js-debug). */
const debuggers = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS']

interface SourceStep {
  /** A folder with an action.yml that names src/index.ts. */
  action: string
  nodeOptions: string[]
  environment: Record<string, string>
}

/** As `dist/post.js` of scripts/build.ts: the same program with an argument. */
const postStep = `process.argv[2] = 'post'
await import('../../src/index.ts')
`

/** Registers scripts/raw-text.js, without which the HTML report finds neither its style nor its script. */
const rawTexts = `data:text/javascript,import { register } from 'node:module'; register('${import.meta.resolve('./raw-text.js')}')`

/**
 * How to start a step and its post step from `src/` instead of `dist/`, so that breakpoints in `src/` are hit; undefined unless `DEBUG_SOURCE` is 1, as in
 * `.vscode/launch.json`.
 */
export function fromSource(): SourceStep | undefined {
  if (process.env.DEBUG_SOURCE !== '1') return undefined
  const root = resolve(import.meta.dirname, '..')
  const action = join(root, 'build/debug')
  mkdirSync(action, { recursive: true })
  const manifest = readFileSync(join(root, 'action.yml'), 'utf8')
  writeFileSync(
    join(action, 'action.yml'),
    manifest.replace('main: dist/index.js', 'main: ../../src/index.ts').replace('post: dist/post.js', 'post: post.ts'),
  )
  writeFileSync(join(action, 'post.ts'), postStep)
  const passedOn = debuggers.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    action,
    nodeOptions: [import.meta.resolve('tsx'), rawTexts].flatMap(each => ['--import', each]),
    environment: Object.fromEntries(passedOn),
  }
}
