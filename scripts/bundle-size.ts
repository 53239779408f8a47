import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './pre-bundle.js'

/** The recorded size of the bundle: all JavaScript in dist/, and each package's share before ncc, in bytes. */
interface BundleSize {
  totalBytes: number
  packages: Record<string, number>
}

const record = 'scripts/bundle-size.json'

/** The build fails if the bundle grows by more than this. */
const maxGrowth = 1.1

/** The build fails if the bundle is larger, in bytes: each job downloads it. */
const maxBytes = 1_400_000

export function recordSize(folder: string, packages: BundledPackage[]): void {
  writeFileSync(record, `${JSON.stringify(measure(folder, packages), null, 2)}\n`)
}

/** @throws Error that names what grew if the bundle is too large, or more than a tenth larger than recorded */
export function checkSize(folder: string, packages: BundledPackage[]): void {
  const was = JSON.parse(readFileSync(record, 'utf8')) as BundleSize
  const is = measure(folder, packages)
  const limit = Math.min(was.totalBytes * maxGrowth, maxBytes)
  if (is.totalBytes <= limit) return
  const grown = Object.entries(is.packages)
    .map(([name, bytes]) => ({ name, growth: bytes - (was.packages[name] ?? 0) }))
    .filter(({ growth }) => growth > 0)
    .sort((a, b) => b.growth - a.growth)
    .slice(0, 5)
    .map(({ name, growth }) => `  ${name} +${growth}`)
  throw new Error(
    `dist/ has ${is.totalBytes} bytes of JavaScript, ${was.totalBytes} were recorded. Growth:\n${grown.join('\n')}\n` +
      `At most ${Math.floor(limit)} are allowed. To record what it has: npm run build -- --record-size`,
  )
}

function measure(folder: string, packages: BundledPackage[]): BundleSize {
  const scripts = readdirSync(folder).filter(file => file.endsWith('.js'))
  const totalBytes = scripts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  const shares: Record<string, number> = {}
  for (const { name, bytes } of packages) shares[name] = (shares[name] ?? 0) + bytes
  return { totalBytes, packages: shares }
}
