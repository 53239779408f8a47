import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives all tests of a run one temporary folder, and deletes it at their end. Without it, tests leave a thousand folders per run, and programs that read the
 * folders above their own, such as bundlers, become slow after some dozen runs.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tests-'))
  // What os.tmpdir() reads on Linux and macOS, and on Windows: the workers inherit it.
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder, TMP: folder })
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
