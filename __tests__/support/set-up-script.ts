import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readText } from '../../scripts/readme-tables.js'

/** Runs commands with the functions of docs/set-up.sh, whose last line starts it. */
export function inScript(
  commands: string,
  environment: Record<string, string> = {},
): { status: number | null; stderr: string; lines: string[] } {
  const functions = readText('docs/set-up.sh').replace(/^main "\$@"\n$/m, '')
  const { PATH = '' } = process.env
  const { status, stdout, stderr } = spawnSync('bash', ['-s'], {
    input: `${functions}\n${commands}\n`,
    encoding: 'utf8',
    env: { PATH, TMPDIR: tmpdir(), ...environment },
  })
  return { status, stderr, lines: stdout.trimEnd().split('\n') }
}

/** What stand-ins for az and gh answer: what they print, or with `fails` their error, by a part of the command. The first that fits counts. */
export type Answers = readonly (readonly [part: string, printed: string | { fails: string }])[]

/** A program that answers, and writes its arguments to `asked`. @param onWindows ends lines as az does there, and gets the arguments that bash rewrites */
function standIn(answers: Answers, onWindows: boolean): string {
  const cases = answers.map(([part, printed], index) => {
    const print = (text: string): string => `cat <<'END${String(index)}'\n${text}\nEND${String(index)}\n`
    const body =
      typeof printed === 'string'
        ? printed && print(printed)
        : `${print(printed.fails).replace('cat', 'cat >&2')}exit 1\n`
    return `  *'${part}'*) ${body.replaceAll(/(?<=.)$/gm, '').trimStart()} ;;`
  })
  const rewrite = `for each; do case $each in /*) [ "$MSYS_NO_PATHCONV" = 1 ] || { echo "ERROR: C:/Git$each" >&2; exit 1; } ;; esac; done`
  return [
    '#!/bin/bash',
    'set -o pipefail',
    'echo "${0##*/} $*" >>"$COMMANDS"',
    onWindows ? rewrite : '',
    'answer() {',
    '  case "$*" in',
    ...cases,
    '  esac',
    '}',
    `answer "$@" | ${onWindows ? "sed 's/$/\\r/'" : 'cat'}`,
    '',
  ].join('\n')
}

/** Runs docs/set-up.sh with stand-ins for az and gh; without answers, a program is not installed. @returns also the commands that they got */
export function runWithStandIns(
  options: string,
  { az, gh, onWindows = false }: { az?: Answers; gh?: Answers; onWindows?: boolean },
): ReturnType<typeof inScript> & { asked: string[] } {
  const bin = mkdtempSync(join(tmpdir(), 'set-up-'))
  // The machine may have az and gh: only what the script needs besides is there.
  const needed = 'awk bash cat cksum cut find grep mktemp mv paste rm sed sort tail tr wc'.split(' ')
  for (const name of needed)
    symlinkSync(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(bin, name))
  for (const [name, answers] of Object.entries({ az, gh })) {
    if (answers === undefined) continue
    writeFileSync(join(bin, name), standIn(answers, onWindows && name === 'az'))
    chmodSync(join(bin, name), 0o755)
  }
  const asked = join(bin, 'asked')
  writeFileSync(asked, '')
  const end = inScript(`main ${options}`, { PATH: bin, COMMANDS: asked })
  return { ...end, asked: readFileSync(asked, 'utf8').trimEnd().split('\n') }
}
