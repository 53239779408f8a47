import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Whether a program is on the PATH. In CI a missing program throws, so that tests that need it aren't skipped
 * unnoticed.
 */
export function isInstalled(program: string): boolean {
  const isThere = (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (!isThere && process.env.CI) throw new Error(`${program} is not installed; CI must not skip tests because of that`)
  return isThere
}
