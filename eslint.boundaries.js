/** The rooms of src/, each with those that it may import. */
const rooms = { plan: [], inputs: [], observe: [], apply: [], verify: [], step: ['inputs'] }

/** What talks to the outside, with the packages that may import it. */
const outside = {
  '@azure/*': ['azure-clients', 'drift-issue', 'kubernetes'],
  '@azure-rest/*': ['azure-clients'],
  '@actions/exec': ['azure-clients', 'kubernetes'],
  '@actions/io': ['azure-clients', 'kubernetes'],
  '@actions/github': ['drift-issue'],
  '@octokit/*': ['drift-issue'],
  '@actions/core': ['kernel'],
}

/** The packages of nouns and pure rules: plan/ needs no other one. */
const nouns = ['kernel', 'azure', 'repository-conditions', 'run-model']

const noOutside = name => ({
  group: Object.keys(outside).filter(each => !outside[each].includes(name)),
  message: `Only these packages may: ${JSON.stringify(outside)}.`,
})

/** Folders of the repository, by path from any depth. */
const noFolders = (...folders) => ({
  group: folders.map(folder => `**/../${folder}/**`),
  message: `It may import nothing of ${folders.join(', ')}.`,
})

const restrict = (files, ignores, ...patterns) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})

/** A package is imported by its entrance, or by one of those that package.json has for parts that are loaded later; tests may take any file. */
const byEntrances = { regex: '^[\\w-]+/src/', message: 'Import it from the entrance of the package.' }

/** Nor the simulator, by its name or by its folder. */
const aroundSource = {
  group: ['azure-simulator', 'azure-simulator/**', ...noFolders('packages', 'scripts', '__tests__').group],
  message: 'It may import nothing of packages, scripts, __tests__.',
}

/** Forbids a room to import the rooms that it does not stand on, and the doors. */
function onlyWhatItMay(room, may) {
  const others = Object.keys(rooms).filter(other => other !== room && !may.includes(other))
  const doors = room === 'step' ? ['**/index.js'] : ['**/main.js', '**/index.js']
  return {
    group: [...others.map(other => `**/../${other}/**`), ...doors],
    message: `${room}/ may import ${may.map(name => `${name}/`).join(', ') || 'no other room'} only.`,
  }
}

const onlyNouns = {
  regex: `^(?!(?:${nouns.join('|')})$)[a-z]`,
  message: `plan/ is pure: it may import ${nouns.join(', ')} only.`,
}

/** Who may import whom: CONTRIBUTING.md draws it. Circles, sizes, and imports that leave a package by a path, are found by scripts/rooms.ts. */
export const boundaries = [
  ...Object.entries(rooms).map(([room, may]) =>
    restrict(
      [`src/${room}/**/*.ts`],
      [],
      onlyWhatItMay(room, may),
      aroundSource,
      byEntrances,
      noOutside('src'),
      ...(room === 'plan' ? [onlyNouns] : []),
    ),
  ),
  restrict(['src/main.ts'], [], aroundSource, byEntrances, noOutside('src')),
  restrict(['src/index.ts'], [], aroundSource, byEntrances, noOutside('src'), {
    group: ['**/observe/**', '**/plan/**', '**/apply/**', '**/verify/**'],
    message: 'The stages are loaded by main.ts alone.',
  }),
  restrict(['packages/*/src/**/*.ts'], ['packages/azure-simulator/**'], aroundSource, byEntrances, noFolders('src')),
  ...[...new Set(Object.values(outside).flat()), 'others'].map((name, _, all) =>
    restrict(
      [name === 'others' ? 'packages/*/src/**/*.ts' : `packages/${name}/src/**/*.ts`],
      name === 'others' ? ['azure-simulator', ...all].map(each => `packages/${each}/**`) : [],
      aroundSource,
      byEntrances,
      noFolders('src'),
      noOutside(name),
    ),
  ),
  restrict(['packages/azure-simulator/src/**/*.ts'], [], noFolders('src', 'scripts', '__tests__')),
  restrict(['scripts/**/*.ts', 'bench/**/*.ts'], [], noFolders('__tests__', 'packages')),
  restrict(['__tests__/**/*.ts'], [], noFolders('packages')),
]
