import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './pre-bundle.js'

/** The size of the bundle as it was recorded: all JavaScript in dist/, and each package's share before ncc, in bytes. */
interface BundleSize {
  totalBytes: number
  packages: Record<string, number>
}

const record = 'scripts/bundle-size.json'

/** How much the bundle may grow before someone has to look at it. */
const mostGrowth = 1.1

/** Writes down how large the bundle is. */
export function recordSize(folder: string, packages: BundledPackage[]): void {
  writeFileSync(record, `${JSON.stringify(measure(folder, packages), null, 2)}\n`)
}

/** @throws Error that names what grew, when the bundle is more than a tenth larger than it was recorded */
export function checkSize(folder: string, packages: BundledPackage[]): void {
  const was = JSON.parse(readFileSync(record, 'utf8')) as BundleSize
  const is = measure(folder, packages)
  if (is.totalBytes <= was.totalBytes * mostGrowth) return
  const grown = Object.entries(is.packages)
    .map(([name, bytes]) => ({ name, growth: bytes - (was.packages[name] ?? 0) }))
    .filter(({ growth }) => growth > 0)
    .sort((a, b) => b.growth - a.growth)
    .slice(0, 5)
    .map(({ name, growth }) => `  ${name} +${growth}`)
  throw new Error(
    `dist/ has ${is.totalBytes} bytes of JavaScript, where ${was.totalBytes} were recorded. What grew:\n${grown.join('\n')}\n` +
      'If it has to be so: npm run build -- --record-size',
  )
}

function measure(folder: string, packages: BundledPackage[]): BundleSize {
  const scripts = readdirSync(folder).filter(file => file.endsWith('.js'))
  const totalBytes = scripts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  const shares: Record<string, number> = {}
  for (const { name, bytes } of packages) shares[name] = (shares[name] ?? 0) + bytes
  return { totalBytes, packages: shares }
}
