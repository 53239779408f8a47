import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { boundaries } from './eslint.boundaries.js'
import { proseAsData } from './eslint.prose.js'

/** What browsers have and JavaScript has not. */
const inBrowsers = ['document', 'setTimeout', 'clearTimeout', 'HTMLInputElement', 'HTMLTableElement']

/** The sources of the action. */
const ownSources = ['src/**/*.ts', 'packages/*/src/**/*.ts']
const simulator = ['packages/azure-simulator/**']

export default defineConfig(
  globalIgnores(['build/', 'dist/', 'node_modules/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    },
  },
  { files: ownSources, ignores: simulator, rules: { 'max-lines': ['error', 300] } },
  // Errors carry code, subject, resource, failure, reason and fix as fields. The clients match the words of Azure, Kubernetes and GitHub.
  {
    files: ownSources,
    ignores: [
      ...simulator,
      'packages/{azure-clients,kubernetes}/**',
      'packages/drift-issue/src/github/**',
      'packages/kernel/src/runner/**',
    ],
    rules: { 'no-restricted-syntax': ['error', ...proseAsData] },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  // The script of the HTML report; tsc checks the rest with the types of browsers.
  {
    files: ['packages/html-report/src/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(inBrowsers.map(name => [name, 'readonly'])),
    },
    rules: { 'max-lines': ['error', 300] },
  },
  boundaries,
)
