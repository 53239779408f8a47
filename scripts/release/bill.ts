import { readFileSync } from 'node:fs'
import { listNpmPackages } from '../licenses.js'
import type { BundledPackage } from '../pre-bundle.js'

/**
 * The bill of materials of a bundle as CycloneDX 1.6 (cyclonedx.org/docs/1.6/json): its packages with their licenses and the checksums of the archives that npm has
 * installed them from. The same bundle has the same text: no date, no number of its own.
 */
export function describeBill(packages: readonly BundledPackage[]): string {
  const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string }>
  }
  const own = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string; license: string }
  const components = listNpmPackages(packages).map(({ name, version, license, folder }) => {
    const [, scope, short = ''] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name) ?? []
    const purl = `pkg:npm/${scope ? `${encodeURIComponent(scope)}/` : ''}${short}@${version}`
    return {
      ...{ type: 'library', 'bom-ref': purl, group: scope, name: short, version, scope: 'required' },
      hashes: hashesOf(locked[folder.slice(folder.indexOf('node_modules/'))]?.integrity),
      licenses: licensesOf(license),
      purl,
    }
  })
  const { name, version } = own
  const bill = {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    metadata: { component: { type: 'application', 'bom-ref': name, name, version, licenses: licensesOf(own.license) } },
    components,
    dependencies: [{ ref: name, dependsOn: components.map(({ purl }) => purl) }],
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}

/** CycloneDX tells the ID of a license from an expression of several (SPDX specification, annex "SPDX license expressions"). */
function licensesOf(license: string): object[] {
  return [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }]
}

/** npm writes `sha512-` and base64, CycloneDX hexadecimal digits. */
function hashesOf(integrity = ''): object[] {
  const [, digest] = /^sha512-(\S+)$/.exec(integrity) ?? []
  return digest === undefined ? [] : [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }]
}
