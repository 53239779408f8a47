import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin'

/**
 * Leaves sentences alone: a text with a space in it is for people, and docs/samples.json and the scenarios hold the wording. Codes, names and
 * values, which the code goes by, have no spaces and are changed.
 */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'prose', {
    shouldIgnore(path) {
      return path.isStringLiteral() && path.node.value.includes(' ') ? 'a sentence for people' : undefined
    },
  }),
]
