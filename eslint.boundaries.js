/** The rooms of src/, each with those that it may import. */
const rooms = {
  model: [],
  services: ['model'],
  plan: ['model'],
  inputs: ['model', 'services'],
  observe: ['model', 'services'],
  apply: ['model', 'services'],
  verify: ['model', 'services'],
  report: ['model', 'services', 'inputs'],
  step: ['model', 'services', 'inputs', 'report'],
}

/** What only services/ imports, because it talks to the outside. */
const outside = ['@azure/*', '@azure-rest/*', '@actions/exec', '@actions/io', '@actions/github', '@octokit/*']

const noOutside = { group: outside, message: 'Only services/ talks to the outside.' }

const noToolkit = {
  group: ['@actions/core'],
  message: 'Only services/runner/ and inputs/reader.ts talk to the runner.',
}

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
    group: [...others.map(other => `**/${other}/**`), ...doors],
    message: `${room}/ may import ${may.map(name => `${name}/`).join(', ') || 'no other room'} only.`,
  }
}

/** Who may import whom: CONTRIBUTING.md draws it. Circles are found by scripts/rooms.ts. */
export const boundaries = [
  ...Object.entries(rooms).map(([room, may]) =>
    restrict(
      [`src/${room}/**/*.ts`],
      ['src/services/runner/**', 'src/inputs/reader.ts'],
      onlyWhatItMay(room, may),
      aroundSource,
      noToolkit,
      ...(room === 'services' ? [] : [noOutside]),
    ),
  ),
  restrict(['src/services/runner/**/*.ts'], [], onlyWhatItMay('services', rooms.services), aroundSource),
  restrict(['src/inputs/reader.ts'], [], onlyWhatItMay('inputs', rooms.inputs), aroundSource, noOutside),
  restrict(['src/main.ts'], [], aroundSource, noOutside, noToolkit),
  restrict(['src/index.ts'], [], aroundSource, noOutside, noToolkit, {
    group: ['**/observe/**', '**/plan/**', '**/apply/**', '**/verify/**'],
    message: 'The stages are loaded by main.ts alone.',
  }),
  // Nothing leaves its package: scripts/rooms.ts.
  restrict(['packages/*/src/**/*.ts'], [], noFolders('scripts', '__tests__')),
  restrict(['scripts/**/*.ts', 'bench/**/*.ts'], [], noFolders('__tests__', 'packages')),
  restrict(['__tests__/**/*.ts'], [], noFolders('packages')),
]
