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
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  // Without a program: most of the time of a run is the start of processes.
  const cases = answers.map(([part, printed]) => {
    const text = typeof printed === 'string' ? printed : printed.fails
    const ends = onWindows ? text.replaceAll(/$/gm, '\r') : text
    const print = text && `printf '%s\n' ${quote(ends)}`
    return `  *${quote(part)}*) ${typeof printed === 'string' ? print : `${print} >&2; exit 1`} ;;`
  })
  const rewrite = `for each; do case $each in /*) [ "$MSYS_NO_PATHCONV" = 1 ] || { echo "ERROR: C:/Git$each" >&2; exit 1; } ;; esac; done`
  return [
    '#!/bin/bash',
    'echo "${0##*/} $*" >>"$COMMANDS"',
    onWindows ? rewrite : '',
    'case "$*" in',
    ...cases,
    'esac',
    '',
  ].join('\n')
}

/** Only what the script needs besides az and gh, which the machine may have. */
const tools = mkdtempSync(join(tmpdir(), 'tools-'))
for (const name of 'awk bash cat cksum cut find grep mktemp mv paste rm sed sort tail tr wc'.split(' '))
  symlinkSync(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(tools, name))

/** Runs docs/set-up.sh with stand-ins for az and gh; without answers, a program is not installed. @returns also the commands that they got */
export function runWithStandIns(
  options: string,
  { az, gh, onWindows = false }: { az?: Answers; gh?: Answers; onWindows?: boolean },
): ReturnType<typeof inScript> & { asked: string[] } {
  const bin = mkdtempSync(join(tmpdir(), 'set-up-'))
  for (const [name, answers] of Object.entries({ az, gh })) {
    if (answers === undefined) continue
    writeFileSync(join(bin, name), standIn(answers, onWindows && name === 'az'))
    chmodSync(join(bin, name), 0o755)
  }
  const asked = join(bin, 'asked')
  writeFileSync(asked, '')
  const end = inScript(`main ${options}`, { PATH: `${bin}:${tools}`, COMMANDS: asked })
  return { ...end, asked: readFileSync(asked, 'utf8').trimEnd().split('\n') }
}
