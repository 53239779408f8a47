import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * The groups of operations that the sources use of two clients, each of which has all operations of its service. In the bundle, using
 * another group of Azure's client throws an error that leads here; other groups of GitHub's client don't exist.
 */
const used = { authorization: ['roleAssignments', 'roleDefinitions'], github: ['issues'] }

const refusal = 'This group of operations is not in the bundle: see scripts/unused-operations.ts.'
const refuse = `class Unused { constructor() { return new Proxy(this, { get() { throw new Error('${refusal}') } }) } }`

/** The exported constants of a generated module, with their texts. */
function readConstants(path: string): Map<string, string> {
  const blocks = readFileSync(path, 'utf8').split(/^export const /m)
  return new Map(blocks.map(block => [/^\w+/.exec(block)?.[0] ?? '', block]))
}

/** What the pattern's first group matches, in each place of a text. */
function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

/** The names of the mappers that a file of operations uses, with those that they refer to by the name of a class. */
function findMappers(operations: string, models: string): Set<string> {
  const mappers = readConstants(join(models, 'mappers.js'))
  const parameters = readConstants(join(models, 'parameters.js'))
  const names = new Set<string>()
  const add = (name: string): void => {
    const mapper = mappers.get(name)
    if (mapper === undefined || names.has(name)) return
    names.add(name)
    findAll(mapper, /className: "(\w+)"/g).forEach(add)
  }
  findAll(operations, /Mappers\.(\w+)/g).forEach(add)
  for (const name of findAll(operations, /Parameters\.([\w$]+)/g))
    findAll(parameters.get(name) ?? '', /mapper: (\w+)Mapper$/gm).forEach(add)
  return names
}

/** Saves 147 kB, of which 70 were loaded before the first request: operations, and models of requests and answers, that nothing here uses. */
export const withoutUnusedOperations: Plugin = {
  name: 'without-unused-operations',
  setup(context) {
    const operations = /[/\\]@azure[/\\]arm-authorization[/\\]dist-esm[/\\]src[/\\]operations[/\\]\w+\.js$/
    context.onLoad({ filter: operations }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!/[/\\]index\.js$/.test(path)) {
        // With the whole namespace, no mapper could be left out.
        const names = [...findMappers(text, join(dirname(path), '../models'))]
        const mappers = names.map(name => `${name}: Mappers.${name}`).join(', ')
        return { contents: text.replace('createSerializer(Mappers,', `createSerializer({ ${mappers} },`) }
      }
      const groups = findAll(text, /^export \* from "\.\/(\w+)";$/gm).filter(
        group => !used.authorization.includes(group),
      )
      const classes = groups.map(group => `Unused as ${group.charAt(0).toUpperCase()}${group.slice(1)}Impl`)
      const kept = used.authorization.map(group => `export * from "./${group}";`)
      return { contents: [refuse, `export { ${classes.join(', ')} };`, ...kept].join('\n') }
    })
    context.onLoad({ filter: /[/\\]plugin-rest-endpoint-methods[/\\].*[/\\]endpoints\.js$/ }, ({ path }) => {
      const groups = readFileSync(path, 'utf8').split(/^(?= {2}\w+: \{$)/m)
      const kept = groups.filter(group => used.github.some(name => group.startsWith(`  ${name}: {`)))
      return { contents: `export default {\n${kept.join('')}};\n` }
    })
  },
}
