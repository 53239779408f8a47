/**
 * Leaves sentences alone when `npm run test:mutation` changes the code: a text with a space in it is for people, and docs/samples.json and the
 * scenarios hold the wording. Codes, names and values, which the code goes by, have no spaces and are changed.
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
