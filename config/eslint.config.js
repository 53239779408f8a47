import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { boundaries } from './boundaries.js'

/** What browsers have and JavaScript has not. */
const inBrowsers = [
  ...['document', 'window', 'navigator', 'location', 'history', 'setTimeout', 'clearTimeout', 'URLSearchParams'],
  ...['Element', 'HTMLInputElement', 'HTMLTableElement'],
]

/** The sources of the action. */
const ownSources = ['src/**/*.ts', 'packages/*/src/**/*.ts']
const simulator = ['packages/azure-simulator/**']

/** Expectations of promises that are statements of their own. */
const unawaited = {
  selector:
    'ExpressionStatement > CallExpression > MemberExpression.callee > MemberExpression.object[property.name=/^(resolves|rejects)$/]',
  message: 'Await it: otherwise, the test ends before it can fail.',
}

/** Files of a process run one after the other, and scenarios beside each other: what one changes, others see. `vi.stubEnv` ends with the test. */
const variables = [
  'AssignmentExpression > MemberExpression.left[object.object.name=process][object.property.name=env]',
  'UnaryExpression[operator=delete] > MemberExpression[object.object.name=process][object.property.name=env]',
  'CallExpression[callee.object.name=Object] > MemberExpression:first-child.arguments[object.name=process][property.name=env]',
  'Program > ExpressionStatement > CallExpression[callee.property.name=stubEnv]',
  'CallExpression[callee.name=/^(before|after)All$/] CallExpression[callee.property.name=stubEnv]',
].map(selector => ({ selector, message: 'Variables are changed by vi.stubEnv in a test alone, which restores them.' }))

/** In scenarios, the step gets them. */
const stubs = {
  selector: 'CallExpression[callee.property.name=stubEnv]',
  message: 'Tests run beside this one: give the variable to the step.',
}

/** Three words in a row, in a string, a template or a pattern, which is no command and no title of an annotation. */
const sentence = String.raw`/^(?!.*(\baz |kubectl |attach-acr: )).*(?<![-\w])[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}(?![-\w])/s`

/** A scenario asserts codes, fields, commands and counts; words are in the catalogues of the packages that write them. */
const sentences = [
  ...[`Literal[value=${sentence}]`, `Literal[regex.pattern=${sentence}]`, `TemplateElement[value.raw=${sentence}]`],
].map(literal => ({
  selector: `CallExpression[callee.property.name=/^to[A-Z]/] ${literal}`,
  message:
    'Words belong to the catalogue of the package that writes them: expect a code, a field, a command or a count.',
}))

export default defineConfig(
  globalIgnores(['build/', 'dist/', 'node_modules/']),
  js.configs.recommended,
  tseslint.configs.strict,
  tseslint.configs.stylistic,
  // tsc finds them, too: noUnusedLocals and noUnusedParameters.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  // Types take most of the time: only the sources of the action are checked with them.
  {
    files: ownSources,
    ignores: simulator,
    extends: [tseslint.configs.strictTypeCheckedOnly, tseslint.configs.stylisticTypeCheckedOnly],
    languageOptions: { parserOptions: { project: 'tsconfig.sources.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // One idea a function; files have no limit, which would only reward density.
      complexity: ['error', 15],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  // Without types: an expectation that nothing waits for can't fail.
  {
    files: ['**/__tests__/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', unawaited, ...variables] },
  },
  {
    files: ['__tests__/scenarios/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', unawaited, ...variables, stubs, ...sentences] },
  },
  // Before the first test, or for all of them.
  {
    files: ['__tests__/support/{seed,temp-folder}.ts'],
    rules: { 'no-restricted-syntax': ['error', unawaited] },
  },
  // The script of the HTML report; tsc checks the rest with the types of browsers.
  {
    files: ['packages/html-report/src/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(inBrowsers.map(name => [name, 'readonly'])),
    },
  },
  boundaries,
)
