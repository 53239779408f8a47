import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

// Who may import whom, so that the editor shows it at once. The rules are in packages.json.
const root = resolve(import.meta.dirname, '..')
const readJson = path => JSON.parse(readFileSync(join(root, path), 'utf8'))
const { packages, pipeline, outside } = readJson('config/packages.json')
const order = Object.keys(packages)
const simulator = 'azure-simulator'

/** What each package declares, and the action itself under the empty name. */
const dependencies = Object.fromEntries(
  ['', ...order, simulator].map(name => {
    const manifest = readJson(name === '' ? 'package.json' : `packages/${name}/package.json`)
    return [name, Object.keys(manifest.dependencies ?? {})]
  }),
)

/** The package that a file belongs to; empty for src/, tests, scripts and benchmarks of the root. */
const packageOf = path => /^packages\/([^/]+)\//.exec(path)?.[1] ?? ''
const isInSource = path => /^(?:packages\/[^/]+\/)?src\//.test(path)
const isOfAction = path => isInSource(path) && packageOf(path) !== simulator
const isTest = path => /(^|\/)__tests__\/|\.test\.m?ts$|^vitest\.config\.ts$/.test(path)

/** Packages import those below them only; the action and the simulator know nothing of each other. */
function goesUp({ file, own, owner }) {
  if (owner === undefined || owner === own) return undefined
  if (own === simulator) return 'the simulator knows nothing of the action'
  if (!isOfAction(file)) return undefined
  if (owner === simulator) return 'the action knows nothing of the simulator'
  const isBelow = own !== '' && order.indexOf(owner) > order.indexOf(own)
  return isBelow ? `${own} stands below ${owner}` : undefined
}

/** Sources import a package by its entrances, which are its `exports`; those for `src/` are for tests and scripts. */
function looksInside({ file, owner, from }) {
  return owner !== undefined && isOfAction(file) && from.startsWith(`${owner}/src/`)
    ? `import it from an entrance of ${owner}`
    : undefined
}

/** No path leads from one package to another; what the root has for all is its tests' support, and the product's JSON files. */
function leavesPackage({ file, path, own }) {
  if (path === undefined) return undefined
  const other = packageOf(path)
  if (own === other && (own === '' || !isInSource(file) || isInSource(path))) return undefined
  if (other === '' && (path.endsWith('.json') || (isTest(file) && isTest(path)))) return undefined
  return other === '' || own === other ? 'the path leaves the package' : `import ${other} by its name`
}

function takesTests({ file, path }) {
  return path !== undefined && isTest(path) && !isTest(file) ? 'only tests import __tests__' : undefined
}

/** Each entry of src/ imports only what the pipeline allows it. */
function skipsStage({ file, path, owner }) {
  const [folder, entry] = file.split('/')
  if (folder !== 'src') return undefined
  const allowed = pipeline[entry]
  if (allowed === undefined) return `packages.json does not list src/${entry}`
  if (order.includes(owner) && !allowed.kinds.includes(packages[owner].kind))
    return `src/${entry} may import packages of the kinds ${allowed.kinds.join(', ')}`
  const [other, imported] = path?.split('/') ?? []
  if (other !== 'src' || imported === entry || allowed.folders.includes(imported)) return undefined
  return `src/${entry} may import ${allowed.folders.join(', ') || 'nothing else of src/'}`
}

/** What talks to the outside is imported in few places. The more exact name decides. */
function takesFromOutside({ file, from }) {
  if (!isOfAction(file)) return undefined
  const isOf = name => (name.endsWith('*') ? from.startsWith(name.slice(0, -1)) : `${from}/`.startsWith(`${name}/`))
  const [name] = Object.keys(outside)
    .filter(isOf)
    .sort((a, b) => b.length - a.length)
  if (name === undefined || outside[name].some(place => file.startsWith(place))) return undefined
  return `packages.json lets only ${outside[name].join(', ') || 'nothing'} import it`
}

/** What a package imports is in its package.json; knip finds what is there and not imported. */
function isUndeclared({ file, from, own }) {
  const [, name] = /^((?:@[^/]+\/)?[^./][^/]*)/.exec(from) ?? []
  if (name === undefined || name === own || name.startsWith('node:') || !isInSource(file)) return undefined
  return dependencies[own]?.includes(name) ? undefined : `package.json of ${own || 'the action'} does not declare it`
}

const rules = [goesUp, looksInside, leavesPackage, takesTests, skipsStage, takesFromOutside, isUndeclared]

const onlyAllowed = {
  create(context) {
    const file = relative(root, context.filename)
    const own = packageOf(file)
    const check = (node, from) => {
      if (typeof from !== 'string') return
      const path = from.startsWith('.') ? join(file, '..', from).replace(/\.js$/, '.ts') : undefined
      const [first] = from.split('/')
      const owner = first in dependencies && first !== '' ? first : undefined
      for (const rule of rules) {
        const message = rule({ file, own, from, path, owner })
        if (message !== undefined) context.report({ node, message: `${from}: ${message}.` })
      }
    }
    const checkSource = node => {
      check(node, node.source?.value)
    }
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
    }
  },
}

export const boundaries = {
  files: ['**/*.{ts,mts}'],
  plugins: { packages: { rules: { 'only-allowed': onlyAllowed } } },
  rules: { 'packages/only-allowed': 'error' },
}
