// Builds dist/: the bundle that GitHub's runner starts, and the licenses of what is in it.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const options = ['--target', 'es2022', '--license', 'licenses.txt', '--no-cache', '--quiet']
execFileSync('npx', ['ncc', 'build', 'src/index.ts', '--out', 'dist', ...options], { stdio: 'inherit' })
// Opens a browser for the interactive sign-in of @azure/identity, which this action never offers.
rmSync('dist/xdg-open')
