import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './pre-bundle.js'

/** A package from npm in the bundle. */
interface NpmPackage {
  name: string
  version: string
  /** A license ID, or an expression of several (SPDX); empty if package.json has none. */
  license: string
  folder: string
}

/** The packages from npm in the bundle, by name. npm may have installed one twice, in two folders: it is listed once. */
export function listNpmPackages(packages: readonly BundledPackage[]): NpmPackage[] {
  const all = packages.flatMap(({ name, folder }): NpmPackage[] => {
    if (folder === '.') return []
    const { version = '', license = '' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: string
      license?: string
    }
    return [{ name, version, license, folder }]
  })
  return [...new Map(all.map(each => [`${each.name} ${each.version}`, each])).values()]
}

/**
 * The licenses of the packages in the bundle, each with its name, version and full text.
 * @throws Error if a package has none
 */
export function describeLicenses(packages: readonly BundledPackage[]): string {
  return listNpmPackages(packages)
    .map(({ name, version, license, folder }) => {
      const file = readdirSync(folder).find(each => /^(licen[cs]e|copying)(\.|$)/i.test(each))
      const text = file ? readFileSync(join(folder, file), 'utf8') : ''
      if (!text && !license) throw new Error(`${name} ${version} is in the bundle, but has no license`)
      return `${name} ${version}\n${license}\n\n${text.trim() || `The package ships no copy of the ${license} license.`}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
