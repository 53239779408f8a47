import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a disk must have room for, in bytes: a kubeconfig, or the report of a hundred pairs. */
const room = 256 * 1024

/**
 * Creates a folder that only the runner's user can enter, in `RUNNER_TEMP` or, if that can't be written or is full, in the system's temporary folder.
 * @throws Error when neither can be written
 */
export function makeTempFolder(): string {
  const { RUNNER_TEMP: folder } = process.env
  if (folder) {
    try {
      return makeFolderIn(folder)
    } catch {
      // The system's folder works too. In a container job, the path may exist on the host only.
    }
  }
  return makeFolderIn(tmpdir())
}

function makeFolderIn(parent: string): string {
  makeParents(parent)
  const folder = mkdtempSync(join(parent, 'attach-acr-'))
  try {
    // A full disk still takes folders.
    const probe = join(folder, 'probe')
    writeFileSync(probe, Buffer.alloc(room))
    rmSync(probe)
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Not `mkdir` with `recursive`, which never returns for a path below /proc (Node 20 and 24). @throws Error */
function makeParents(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeParents(parent)
  mkdirSync(path)
}
