import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Client, ClientEnd } from 'azure-simulator/testing/clients'
import type { Machine } from './conformance.js'

type Pasting = Pick<Machine, 'run' | 'folder' | 'simulator'>

/**
 * `gh api`, whose answers are files with the `jq` that gh has built in, `gh secret list`, and `gh variable`, as gh prints them when its output is not a
 * terminal. With the file `no-variables`, variables can't be set.
 */
const standIn = `#!/bin/sh
case "$1 $2" in
  "api "*) file="$HOME/github/$(echo "$2" | sed 's/?.*//' | tr / +)"
    [ -f "$file" ] || { echo "gh: Not Found (HTTP 404)" >&2; exit 1; }
    exec jq -r "$4" "$file" ;;
  "secret list") touch "$HOME/secrets"; exec sed 's/$/\\t2026-11-29T20:00:00Z/' "$HOME/secrets" ;;
  "variable set") [ ! -f "$HOME/no-variables" ] || { echo 'failed to set variable: HTTP 403: Resource not accessible by integration' >&2; exit 1; } ;;
esac
touch "$HOME/variables"
case "$*" in *" --repo contoso/shop"*) ;; *) echo "HTTP 404: Not Found" >&2; exit 1 ;; esac
case $2 in
  list) sed 's/ \\(.*\\)/\\t\\1\\t2026-11-29T20:00:00Z/' "$HOME/variables" ;;
  set) echo "$3 $7" >> "$HOME/variables" ;;
  delete) sed -i "/^$3 /d" "$HOME/variables" ;;
esac
`

/** What GitHub answers about contoso/shop, by the path of its REST API. */
function answersOf({ subject }: Machine['simulator']): Record<string, object> {
  const [prefix = '', isImmutable = false] = [subject.split(':').slice(0, 2).join(':'), subject.includes('@')]
  return {
    'repos/contoso/shop': {
      full_name: 'contoso/shop',
      default_branch: 'main',
      permissions: { push: true },
      id: 1296269,
    },
    'repos/contoso/shop/actions/oidc/customization/sub': {
      use_default: true,
      ...(isImmutable && { use_immutable_subject: true, sub_claim_prefix: prefix }),
    },
    'repos/contoso/shop/branches/main': { protected: true },
    'repos/contoso/shop/environments/production': { protection_rules: [{}], deployment_branch_policy: null },
    // A repository that everyone can read.
    'repos/torvalds/linux': { full_name: 'torvalds/linux', default_branch: 'master', permissions: { push: false } },
    'repos/torvalds/linux/actions/oidc/customization/sub': { use_default: true },
  }
}

async function answerAs({ folder }: Pasting, answers: Record<string, object>): Promise<void> {
  const directory = join(folder, 'github')
  await mkdir(directory, { recursive: true })
  for (const [path, body] of Object.entries(answers))
    await writeFile(join(directory, path.replaceAll('/', '+')), JSON.stringify(body))
}

/** Commands that write, and after which an interrupted run stops. */
const counted = (real: string, after: number): string => `#!/bin/sh
case " $* " in *" create "*|*" update "*|*" set "*|*" delete "*|*" import "*|*" --method post "*|*" --method put "*)
  echo "$1 $2" >> "$HOME/writes"
  [ "$(wc -l < "$HOME/writes")" -le ${String(after)} ] || { echo 'interrupted' >&2; exit 130; } ;;
esac
exec ${real} "$@"
`

/** Puts the stand-in for `gh` in front of the path. `after`, the number of calls of az and gh that write, interrupts them: the next call fails. */
async function standIns(machine: Pasting, after: number | undefined): Promise<void> {
  const { folder, simulator } = machine
  const bin = join(folder, 'bin')
  const isNew = (await mkdir(bin, { recursive: true })) !== undefined
  if (isNew) await answerAs(machine, answersOf(simulator))
  const stand = async (name: string, text: string): Promise<void> => {
    await writeFile(join(bin, name), text)
    await chmod(join(bin, name), 0o755)
  }
  const az = '/usr/bin/env PATH="$AZ_PATH" az'
  await writeFile(join(folder, 'writes'), '')
  await stand('gh.real', standIn)
  await stand('gh', after === undefined ? standIn : counted('"$HOME/bin/gh.real"', after))
  await stand('az', after === undefined ? `#!/bin/sh\nexec ${az} "$@"` : counted(az, after))
}

/** Runs commands in an interactive bash, as a person who has pasted them, with a stand-in for `gh`. */
export async function pasteInto(machine: Pasting, commands: string): Promise<ClientEnd & { lives: boolean }> {
  await standIns(machine, undefined)
  const end = await machine.run('bash' satisfies Client, ['--norc', '--noprofile', '--noediting', '-i'], {
    input: `PS1= PS2= AZ_PATH=$PATH PATH=$HOME/bin:$PATH; export AZ_PATH; echo begins >&2\n${commands}\ncode=$?; echo "it lives"; exit $code\n`,
  })
  // An interactive shell prints "exit" at its end.
  const stderr = end.stderr.split('begins\n')[1]?.replace(/exit\n$/, '') ?? end.stderr
  return { ...end, stderr, stdout: end.stdout.replace('it lives\n', ''), lives: end.stdout.includes('it lives\n') }
}

const script = resolve(import.meta.dirname, '../../docs/set-up.sh')

/**
 * Runs docs/set-up.sh with these options. Without `answer`, it has no terminal; with it, a person at a terminal types that line. `after` interrupts it after
 * so many calls that write.
 */
export async function runSetUp(
  machine: Pasting,
  options: string,
  { after, answer }: { after?: number; answer?: string } = {},
): Promise<ClientEnd> {
  await standIns(machine, after)
  const command = `bash '${script}' ${options}`
  const begin = 'export AZ_PATH="$PATH" PATH="$HOME/bin:$PATH"'
  const run = answer === undefined ? command : `script --quiet --return --command ${JSON.stringify(command)} /dev/null`
  const input = answer === undefined ? {} : { input: `${answer}\n` }
  const end = await machine.run('bash' satisfies Client, ['-c', `${begin}; ${run}`], input)
  return { ...end, stdout: end.stdout.replaceAll('\r', '') }
}

/** The repository's variables that the stand-in for `gh` holds. */
export async function variablesOf({ folder }: Pick<Machine, 'folder'>): Promise<Record<string, string>> {
  const text = await readFile(join(folder, 'variables'), 'utf8').catch(() => '')
  return Object.fromEntries([...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, name = '', value = '']) => [name, value]))
}
