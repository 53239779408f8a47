import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Creates a folder that only the runner's user can enter, in `RUNNER_TEMP` or, where that can't be used, in the system's temporary folder.
 * @throws Error when neither can be written
 */
export function makeTempFolder(): string {
  const prefix = 'attach-acr-'
  const wanted = process.env.RUNNER_TEMP
  if (wanted) {
    try {
      mkdirSync(wanted, { recursive: true })
      return mkdtempSync(join(wanted, prefix))
    } catch {
      // The system's folder does as well, and the runner of a container job may have set a path of its host.
    }
  }
  return mkdtempSync(join(tmpdir(), prefix))
}
