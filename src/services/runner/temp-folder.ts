import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Creates a folder that only the runner's user can enter, in `RUNNER_TEMP` or, if that can't be used, in the system's temporary folder.
 * @throws Error when neither can be written
 */
export function makeTempFolder(): string {
  const prefix = 'attach-acr-'
  const { RUNNER_TEMP: folder } = process.env
  if (folder) {
    try {
      mkdirSync(folder, { recursive: true })
      return mkdtempSync(join(folder, prefix))
    } catch {
      // The system's folder works too. In a container job, the path may exist on the host only.
    }
  }
  return mkdtempSync(join(tmpdir(), prefix))
}
