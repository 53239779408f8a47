import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform, type Metafile, type OutputFile, type Plugin } from 'esbuild'
import { nameParts } from './chunk-names.js'
import { withoutUnusedOperations } from './unused-operations.js'

/** Packages whose modules have no side effects, so their unused modules can be dropped. The toolkit's don't declare it in their package.json. */
const pure = /node_modules\/@(actions|azure|azure-rest|octokit|typespec)\//

/** Saves 35 of the 153 kB (before minification) that are loaded before the first request. */
const withoutSideEffects: Plugin = {
  name: 'without-side-effects',
  setup(context) {
    context.onResolve({ filter: /^[^.]|^\.\.?\// }, async ({ path, ...options }) => {
      if (options.pluginData === 'resolving') return undefined
      const resolved = await context.resolve(path, { ...options, pluginData: 'resolving' })
      if (resolved.errors.length > 0 || resolved.external || !pure.test(resolved.path)) return undefined
      return { path: resolved.path, sideEffects: false }
    })
  },
}

/** Packages that are imported but never used by this action. A call throws the reason. */
const unused: Record<string, string> = {
  open: 'This action opens no browser.',
  jsonwebtoken: 'This action signs in without certificates.',
  undici: 'This action uses the HTTP client of the Azure SDKs for GitHub.',
}

/** Saves 500 kB: unused packages are left out. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(context) {
    const filter = new RegExp(`^(${Object.keys(unused).join('|')})$`)
    context.onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused' }))
    context.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => {
      const refuse = `() => { throw new Error(${JSON.stringify(unused[path])}) }`
      // @actions/github creates an agent for the proxy when it is loaded.
      return {
        contents: `export default Object.assign(${refuse}, { sign: ${refuse} }); export const fetch = ${refuse}; export class ProxyAgent {}`,
      }
    })
  },
}

/** What the proxy's agents and the toolkit's commands import beside what they need, with what is enough for them. */
const enough: Record<string, string> = {
  // Saves 9 kB that every run would load before its first request: only used to log if DEBUG is set.
  debug: 'module.exports = () => () => undefined',
  // Saves 1 ms: Node's opens the standard error to learn whether it has colors. Used once.
  assert: 'module.exports = holds => { if (!holds) throw new Error("An assertion of https-proxy-agent failed.") }',
  // Saves 0.2 ms: only used for the end of a line.
  os: 'exports.EOL = process.platform === "win32" ? "\\r\\n" : "\\n"',
}

const smallAgents: Plugin = {
  name: 'small-agents',
  setup(context) {
    context.onResolve({ filter: new RegExp(`^(${Object.keys(enough).join('|')})$`) }, ({ path, importer }) =>
      /[/\\](agent-base|https?-proxy-agent)[/\\]|@actions[/\\]core[/\\]lib[/\\](core|command|file-command)\.js$/.test(
        importer,
      )
        ? { path, namespace: 'enough' }
        : undefined,
    )
    context.onLoad({ filter: /.*/, namespace: 'enough' }, ({ path }) => ({ contents: enough[path] ?? '' }))
  },
}

/**
 * Saves spurious changes of dist/: the bundle contains only the version from the action's package.json, not its scripts
 * and tools.
 */
const versionAlone: Plugin = {
  name: 'version-alone',
  setup(context) {
    const own = resolve('package.json')
    context.onLoad({ filter: /[/\\]package\.json$/ }, ({ path }) => {
      if (path !== own) return undefined
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string }
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}

/** Saves 14 kB: a schema judges by its rules, and its descriptions are for readers of the file. */
const rulesAlone: Plugin = {
  name: 'rules-alone',
  setup(context) {
    context.onLoad({ filter: /[/\\]schemas[/\\].*\.json$/ }, ({ path }) => {
      const withoutProse = (key: string, value: unknown): unknown =>
        typeof value === 'string' && /^(description|title|\$comment)$/.test(key) ? undefined : value
      return { contents: JSON.stringify(JSON.parse(readFileSync(path, 'utf8'), withoutProse)), loader: 'json' }
    })
  },
}

/** Lets sources import files as texts, with `?raw` as in Vite: the style and the script of the HTML report. */
const rawText: Plugin = {
  name: 'raw-text',
  setup(context) {
    context.onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
      // Relative, because names in dist/ depend on it, and must not depend on where the repository is.
      path: relative('.', resolve(resolveDir, path.replace(/\?raw$/, ''))),
      namespace: 'raw',
    }))
    // Saves 9 kB of the bundle and of each page.
    context.onLoad({ filter: /.*/, namespace: 'raw' }, async ({ path }) => ({
      contents: (
        await transform(readFileSync(path, 'utf8'), { loader: path.endsWith('.css') ? 'css' : 'js', minify: true })
      ).code,
      loader: 'text',
    }))
  },
}

/** Entrances of other packages that only name what other files have. */
const sdkEntrances = [
  '@actions/core',
  '@azure/core-rest-pipeline',
  '@azure/identity',
  '@typespec/ts-http-runtime',
  '@typespec/ts-http-runtime/internal/logger',
  '@typespec/ts-http-runtime/internal/policies',
  '@typespec/ts-http-runtime/internal/util',
]

/** The names that each entrance offers, with their files. */
function readEntrances(): Map<string, Map<string, string>> {
  const own = readdirSync('packages').map((name): [string, string] => [name, resolve(`packages/${name}/src/index.ts`)])
  const ofSdk = sdkEntrances.map((name): [string, string] => [name, fileURLToPath(import.meta.resolve(name))])
  return new Map(
    [...own.filter(([, file]) => existsSync(file)), ...ofSdk].map(([name, file]) => {
      const text = readFileSync(file, 'utf8')
      const offers = [...text.matchAll(/export \{([^}]*)\} from ['"](\..*)\.js['"]/g)].flatMap(
        ([, list = '', source = '']) =>
          splitNames(list).map((each): [string, string] => [each, resolve(dirname(file), source + extname(file))]),
      )
      return [name, new Map(offers)]
    }),
  )
}

/** The names in braces that exist at run time. */
function splitNames(list: string): string[] {
  return list
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '' && !each.startsWith('type '))
}

/** Saves 9 kB and 1 ms before the first request: the toolkit's functions are loaded at once, its job summary with the report. */
const laterSummary: Plugin = {
  name: 'later-summary',
  setup(context) {
    // `summary` is imported past the entrance.
    context.onLoad({ filter: /@actions[/\\]core[/\\]lib[/\\]core\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/^export \{ \w+ \} from '\.\/summary\.js';$/gm, ''),
    }))
  },
}

/**
 * Keeps 700 kB apart that are loaded separately: esbuild loads whatever an entrance names as soon as one of its names is imported. So a name is imported from
 * its own file.
 */
const pastEntrances: Plugin = {
  name: 'past-entrances',
  setup(context) {
    const entrances = readEntrances()
    context.onLoad({ filter: /[/\\](src[/\\].*\.ts|@(azure|typespec)[/\\].*\.js)$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const contents = text.replace(
        /^import \{([^}]*)\} from ['"]([\w@/-]+)['"];?$/gm,
        (whole: string, list: string, name: string) => {
          const offers = entrances.get(name)
          if (offers === undefined) return whole
          const imports = splitNames(list).map(each => {
            const file = offers.get(each.replace(/ as .*/, ''))
            if (file === undefined) throw new Error(`${path}: ${name} does not offer ${each}`)
            return `import { ${each} } from ${JSON.stringify(`./${relative(dirname(path), file).replaceAll('\\', '/')}`)}`
          })
          // As many lines as before, for the source map.
          return imports.join('; ') + whole.replace(/[^\n]/g, '')
        },
      )
      // Otherwise another plugin can change it.
      return contents === text ? undefined : { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}

/** CommonJS packages load Node's modules with `require`, which webpack would take for its own. `nodeRequire` is Node's: see build.ts. */
const requireOfNode = 'const require = nodeRequire'

/**
 * Bundles the sources with the used parts of their packages: ncc alone would keep whole packages.
 * @param outdir gets one file per part that is loaded separately, each with a source map
 */
export async function preBundle(outdir: string): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    entryPoints: ['src/index.ts'],
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // Saves 180 kB: with the CommonJS of @azure/arm-authorization, the bundle would have a second copy of the SDK's core.
    mainFields: ['module', 'main'],
    target: 'node20',
    legalComments: 'none',
    // Saves 8 ms before the first token: the SDK's check for a form as the body would make Node load its own fetch.
    define: { FormData: 'undefined' },
    banner: { js: requireOfNode },
    sourcemap: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: [
      laterSummary,
      pastEntrances,
      rawText,
      rulesAlone,
      withoutUnused,
      withoutUnusedOperations,
      smallAgents,
      versionAlone,
      withoutSideEffects,
    ],
  })
  writeParts(outdir, metafile, outputFiles)
  return metafile
}

/** Writes the parts that esbuild has made to a folder, with names that stay, and their source maps. */
function writeParts(folder: string, metafile: Metafile, files: readonly OutputFile[]): void {
  const names = nameParts(metafile)
  const nameOf = (path: string): string => names.get(basename(path, '.js')) ?? ''
  mkdirSync(folder, { recursive: true })
  for (const { path, text } of files) {
    const isMap = path.endsWith('.map')
    const name = nameOf(path.replace(/\.map$/, ''))
    const renamed = text.replace(/"\.\/([\w-]+\.js)"/g, (_, each: string) => `"./${nameOf(each)}.js"`)
    writeFileSync(join(folder, `${name}.js${isMap ? '.map' : ''}`), isMap ? text : renamed)
  }
}

/** A package with code in the bundle. */
export interface BundledPackage {
  name: string
  /** Path of its folder, from the repository's root. */
  folder: string
  /** Its size before ncc, in bytes. */
  bytes: number
}

/** The packages in a bundle, by name; the action's own sources count as `attach-acr`. */
export function listPackages({ outputs }: Metafile): BundledPackage[] {
  const packages = new Map<string, BundledPackage>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const { name, folder } = packageOf(file)
      packages.set(folder, { name, folder, bytes: (packages.get(folder)?.bytes ?? 0) + bytesInOutput })
    }
  }
  return [...packages.values()]
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => a.name.localeCompare(b.name, 'en') || a.folder.localeCompare(b.folder, 'en'))
}

function packageOf(file: string): { name: string; folder: string } {
  const [folder, name = ''] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(relative('.', file)) ?? []
  return folder ? { name, folder } : { name: 'attach-acr', folder: '.' }
}
