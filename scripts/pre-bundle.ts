import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/**
 * Packages whose modules do nothing when they are loaded, so that what is not imported of them can go. Most of them say so in their package.json;
 * the toolkit's do not.
 */
const pure = /node_modules\/@(actions|azure|azure-rest|octokit|typespec)\//

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

/** What packages import for ways of work that this action never takes, with why; whoever takes one gets that as an error. */
const unused: Record<string, string> = {
  open: 'This action opens no browser.',
  jsonwebtoken: 'This action signs in without certificates.',
  undici: 'This action asks GitHub by the HTTP client of the Azure SDKs.',
}

/** Leaves out what is never used: every run would load it. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(context) {
    const filter = new RegExp(`^(${Object.keys(unused).join('|')})$`)
    context.onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused' }))
    context.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => {
      const refuse = `() => { throw new Error(${JSON.stringify(unused[path])}) }`
      // @actions/github makes an agent for the proxy as soon as it is loaded.
      return {
        contents: `export default Object.assign(${refuse}, { sign: ${refuse} }); export const fetch = ${refuse}; export class ProxyAgent {}`,
      }
    })
  },
}

/** The proxy's agents tell of their work by `debug` where DEBUG is set; it would be loaded on the way to the first request of every run. */
const silentDebug: Plugin = {
  name: 'silent-debug',
  setup(context) {
    context.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'silent' }))
    context.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({
      contents: 'module.exports = () => () => undefined',
    }))
  },
}

/** Of the package.json of the action its version alone, so that a change of a script or of a tool does not change the bundle. */
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

/** CommonJS packages ask `require` for modules of Node, which ES modules do not have. The path does not matter for these. */
const requireOfNode = `import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire('/')`

/**
 * Bundles the sources with what they use of their packages: what ncc is given, because by itself it keeps whole packages.
 * @param outdir gets one file for each part that is loaded on its own path, each with a source map
 */
export async function preBundle(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: ['src/index.ts'],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // @azure/arm-authorization has its ES modules there; its CommonJS would bring a second copy of the SDK's core.
    mainFields: ['module', 'main'],
    target: 'node20',
    legalComments: 'none',
    // No request has a form as its body; that the SDK asks whether it has would load Node's own fetch, on the way to the first token.
    define: { FormData: 'undefined' },
    banner: { js: requireOfNode },
    sourcemap: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: [withoutUnused, silentDebug, versionAlone, withoutSideEffects],
  })
  return metafile
}

/** A package of which something is in the bundle. */
export interface BundledPackage {
  name: string
  /** Path of its folder, from the repository's root. */
  folder: string
  /** What it takes up before ncc, in bytes. */
  bytes: number
}

/** The packages in a bundle, by name; the sources of the action themselves count as `attach-acr`. */
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
