/**
 * Keeps sentences unchanged when `npm run test:mutation` mutates the code: text with a space is for people, and docs/samples.json and the
 * unit tests cover the wording. Codes, names and values, which control the code, have no spaces and are mutated.
 */
export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'prose',
    value: {
      shouldIgnore(path) {
        return path.isStringLiteral() && path.node.value.includes(' ') ? 'a sentence for people' : undefined
      },
    },
  },
]
