// Builds dist/: the bundles that GitHub's runner starts, and the licenses of what is in them.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
for (const [entry, out] of Object.entries({
  'src/index.ts': 'dist',
  'src/merge-reports/index.ts': 'dist/merge-reports',
})) {
  const options = ['--target', 'es2022', '--license', 'licenses.txt', '--no-cache', '--quiet']
  execFileSync('npx', ['ncc', 'build', entry, '--out', out, ...options], { stdio: 'inherit' })
}
// Opens a browser for the interactive sign-in of @azure/identity, which this action never offers.
rmSync('dist/xdg-open')
