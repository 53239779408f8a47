import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundledPackage } from './pre-bundle.js'

/**
 * The licenses of the packages in the bundle, each with its name, version and full text.
 * @throws Error if a package has none
 */
export function describeLicenses(packages: BundledPackage[]): string {
  return packages
    .map(({ name, folder }) => {
      const { version = '', license = '' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        version?: string
        license?: string
      }
      const file = readdirSync(folder).find(each => /^(licen[cs]e|copying)(\.|$)/i.test(each))
      const text = file ? readFileSync(join(folder, file), 'utf8') : ''
      if (!text && !license) throw new Error(`${name} ${version} is in the bundle, but has no license`)
      return `${name} ${version}\n${license}\n\n${text.trim() || `The package ships no copy of the ${license} license.`}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
