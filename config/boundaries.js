import { readFileSync } from 'node:fs'

// Who may import whom, so that the editor shows it at once. The rules are in packages.json. __tests__/unit/house/packages.test.ts checks the same ones
// and those that need all files: circles, sizes, dependencies.
const { packages, pipeline, outside } = JSON.parse(readFileSync(`${import.meta.dirname}/packages.json`, 'utf8'))
const order = Object.keys(packages)

/** Forbids a file all imports that match a regular expression. */
const never = (regex, message) => ({ regex, message })
const anyOf = names => `^(?:${names.join('|')})(?:/|$)`

/** A package is imported by its entrance, or by one of those that package.json has for parts that are loaded later; tests may take any file. */
const byEntrances = never('^[\\w-]+/src/', 'Import it from an entrance of the package.')
const noSimulator = never(anyOf(['azure-simulator']), 'The action knows nothing of the simulator.')
const noTests = never('^\\..*/__tests__/', 'Only tests import __tests__.')
const noPaths = never('^\\..*/packages/', 'Import packages by their name.')

/** Modules from outside that files with this path may not import. */
function noneFromOutside(path) {
  const isAllowed = name => outside[name].some(place => path.startsWith(place))
  const names = Object.keys(outside)
  return {
    // The more exact name decides, and allows what a scope forbids.
    group: [...names.filter(name => !isAllowed(name)), ...names.filter(isAllowed).map(name => `!${name}`)],
    message: 'packages.json lists the only places that may import it.',
  }
}

/** Other entries of src/, and packages of other kinds, than a stage may import. */
function onlyBefore(entry) {
  const { folders, kinds } = pipeline[entry]
  const others = Object.keys(pipeline).filter(each => each !== entry && !folders.includes(each))
  const foreign = order.filter(name => !kinds.includes(packages[name].kind))
  return [
    never(
      `^\\..*/(?:${others.join('|').replaceAll('.ts', '\\.js')})(?:/|$)`,
      `It may import ${folders.join(', ') || 'no other stage'}.`,
    ),
    ...(foreign.length > 0 ? [never(anyOf(foreign), `It may import packages of the kinds ${kinds.join(', ')}.`)] : []),
  ]
}

/** Packages above the given one. */
function onlyBelow(name) {
  const above = order.slice(order.indexOf(name) + 1)
  return above.length > 0 ? [never(anyOf(above), `${name} stands below it: packages.json.`)] : []
}

const restrict = (files, ...patterns) => ({
  files: [files],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})

const ofAction = [byEntrances, noSimulator, noTests, noPaths]

/** The rules for files of a package with this path. */
const ofPackage = (files, path, name) => restrict(files, ...ofAction, ...onlyBelow(name), noneFromOutside(path))

/** Places inside a package that may import what the rest of it may not. */
const places = [...new Set(Object.values(outside).flat())].filter(place => place.includes('/src/'))

export const boundaries = [
  ...Object.keys(pipeline).map(entry =>
    restrict(
      entry.endsWith('.ts') ? `src/${entry}` : `src/${entry}/**/*.ts`,
      ...ofAction,
      ...onlyBefore(entry),
      noneFromOutside(`src/${entry}`),
    ),
  ),
  ...order.map(name => ofPackage(`packages/${name}/src/**/*.ts`, `packages/${name}/src/`, name)),
  ...places.map(place => ofPackage(place.endsWith('/') ? `${place}**/*.ts` : place, place, place.split('/')[1])),
  restrict('packages/azure-simulator/**/*.ts', never(anyOf(order), 'The simulator knows nothing of the action.')),
  restrict('{scripts,bench}/**/*.ts', noTests, noPaths),
  restrict('__tests__/**/*.ts', noPaths),
]
