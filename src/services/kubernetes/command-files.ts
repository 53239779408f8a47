import { strToU8, zipSync } from 'fflate'

/** A command to run in the cluster, with the files that it finds in its folder. */
export interface Command {
  command: string
  /** Zip. */
  context: Uint8Array
}

/** The command that runs a script, with its files. */
export function pack(script: string, files: Record<string, string>): Command {
  const entries = Object.entries({ ...files, 'probe.sh': script })
  const context = zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])))
  return { command: 'sh probe.sh', context }
}

/** The same files, in a folder. */
export function inFolder(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
}

/** A file with one text per line. */
export function lines(texts: string[]): string {
  return texts.map(text => `${text}\n`).join('')
}
