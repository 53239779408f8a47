import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { boundaries } from './eslint.boundaries.js'
import { proseAsData } from './eslint.prose.js'

/** What browsers have and JavaScript has not. */
const inBrowsers = ['document', 'setTimeout', 'clearTimeout', 'HTMLInputElement', 'HTMLTableElement']

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
  { files: ['src/**/*.ts'], rules: { 'max-lines': ['error', 300] } },
  // Errors carry code, subject, resource, failure, reason and fix as fields. services/ matches the words of Azure, Kubernetes and GitHub.
  {
    files: ['src/**/*.ts'],
    ignores: ['src/services/**'],
    rules: { 'no-restricted-syntax': ['error', ...proseAsData] },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  // The script of the HTML report; tsc checks the rest with the types of browsers.
  {
    files: ['src/report/html/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(inBrowsers.map(name => [name, 'readonly'])),
    },
    rules: { 'max-lines': ['error', 300] },
  },
  boundaries,
)
