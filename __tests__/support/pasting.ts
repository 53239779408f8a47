import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, ClientEnd } from 'azure-simulator/testing/clients'
import type { Machine } from './conformance.js'
import { readText } from '../../scripts/readme-tables.js'

/** `gh variable list`, `set` and `delete`, and `gh api` for the subject, of one repository, as gh prints them when its output is not a terminal. */
const standIn = (simulator: Machine['simulator']): string => `#!/bin/sh
touch "$HOME/variables"
case "$*" in *" --repo ${repositoryOf(simulator)}"*|"api repos/${repositoryOf(simulator)}/"*) ;; *) echo "HTTP 404: Not Found" >&2; exit 1 ;; esac
case $2 in
  list) sed 's/ \\(.*\\)/\\t\\1\\t2026-11-29T20:00:00Z/' "$HOME/variables" ;;
  set) echo "$3 $7" >> "$HOME/variables" ;;
  delete) sed -i "/^$3 /d" "$HOME/variables" ;;
  */actions/oidc/customization/sub) echo '${simulator.subject.split(':').slice(0, 2).join(':')}' ;;
esac
`

/**
 * Runs commands in an interactive bash, as a person who has pasted them, with a stand-in for `gh`. `after`, the number of calls of az and gh that write,
 * interrupts them: the next call fails.
 */
export async function pasteInto(
  { run, folder, simulator }: Pick<Machine, 'run' | 'folder' | 'simulator'>,
  commands: string,
  { after }: { after?: number } = {},
): Promise<ClientEnd & { lives: boolean }> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  const stand = async (name: string, text: string): Promise<void> => {
    await writeFile(join(bin, name), text)
    await chmod(join(bin, name), 0o755)
  }
  const gh = standIn(simulator)
  await stand('gh.real', gh)
  const counted = (real: string): string => `#!/bin/sh
case " $* " in *" create "*|*" update "*|*" set "*)
  echo "$1 $2" >> "$HOME/writes"
  [ "$(wc -l < "$HOME/writes")" -le ${String(after)} ] || { echo 'interrupted' >&2; exit 130; } ;;
esac
exec ${real} "$@"
`
  await writeFile(join(folder, 'writes'), '')
  await stand('gh', after === undefined ? gh : counted(`"$HOME/bin/gh.real"`))
  await stand(
    'az',
    after === undefined ? 'exec /usr/bin/env PATH="$AZ_PATH" az "$@"' : counted('/usr/bin/env PATH="$AZ_PATH" az'),
  )
  const end = await run('bash' satisfies Client, ['--norc', '--noprofile', '--noediting', '-i'], {
    input: `PS1= PS2= AZ_PATH=$PATH PATH=$HOME/bin:$PATH; export AZ_PATH; echo begins >&2\n${commands}\ncode=$?; echo "it lives"; exit $code\n`,
  })
  // An interactive shell prints "exit" at its end.
  const stderr = end.stderr.split('begins\n')[1]?.replace(/exit\n$/, '') ?? end.stderr
  return { ...end, stderr, stdout: end.stdout.replace('it lives\n', ''), lives: end.stdout.includes('it lives\n') }
}

/** The repository's variables that the stand-in for `gh` holds. */
export async function variablesOf({ folder }: Pick<Machine, 'folder'>): Promise<Record<string, string>> {
  const text = await readFile(join(folder, 'variables'), 'utf8')
  return Object.fromEntries([...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, name = '', value = '']) => [name, value]))
}

/** The set-up script, with the subject of the simulated run, as a person has edited its first lines. */
export function setUpScript({ simulator }: Pick<Machine, 'simulator'>, settings: Record<string, string> = {}): string {
  return Object.entries({ REPOSITORY: repositoryOf(simulator), ...settings }).reduce((script, [name, value]) => {
    const line = new RegExp(`^${name}=(?:"[^"]*"|\\S*)`, 'm')
    if (!line.test(script)) throw new Error(`docs/set-up.sh has no line ${name}=`)
    return script.replace(line, () => `${name}="${value}"`)
  }, readText('docs/set-up.sh'))
}

/** The repository of the simulated run, without the IDs that its subject can have. */
const repositoryOf = ({ subject }: Machine['simulator']): string =>
  (subject.split(':')[1] ?? '').replaceAll(/@\d+/g, '')
