// Builds dist/: the bundle that GitHub's runner starts, and the licenses of what is in it.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(
  'npx',
  [
    'ncc',
    'build',
    'src/index.ts',
    '--out',
    'dist',
    '--target',
    'es2022',
    '--license',
    'licenses.txt',
    '--no-cache',
    '--quiet',
  ],
  {
    stdio: 'inherit',
  },
)
// Opens a browser for the interactive sign-in of @azure/identity, which this action never offers.
rmSync('dist/xdg-open')
