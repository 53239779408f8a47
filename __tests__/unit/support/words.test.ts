import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { adviseOnSecret, createRoleAssignmentCommand, invokeCommand } from 'azure'
import { option, wordsOf } from '../../support/az.js'
import { realRegistry, realTarget } from '../../support/observed.js'

/** The words of a command as bash splits it, up to a pipe. */
function wordsOfBash(command: string): string[] {
  const script = `az() { echo found; }\nxargs() { cat; }\nprint() { for word; do printf '%s\\0' "$word"; done; }\nprint ${command}`
  return execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
}

const { id: scope } = realRegistry()
const { id: clusterId } = realTarget()
const condition = repositoryCondition(['team/app', "it's/*"])
const grant = { objectId: '', name: "it's $HOME", type: 'ServicePrincipal', role: 'AcrPull', scope }

describe('the words of a command', () => {
  it.each([
    createRoleAssignmentCommand({ ...grant, condition }),
    // With a pipe.
    ...(adviseOnSecret(clusterId, "it's $HOME")[1]?.commands ?? []),
    invokeCommand(clusterId, "kubectl delete pods --selector 'attach-acr/run in (a,b)'"),
    String.raw`az a --b 'it'\''s' --c "d \"e\" \$f" \
  --g h`,
    `az a --b "$(az c --query "[].id" --output tsv)" --d ''`,
  ])('are those of bash: %s', command => {
    const words = wordsOf(command)
    expect(words.slice(0, [...words, '|'].indexOf('|'))).toEqual(wordsOfBash(command))
  })
})

describe('an option', () => {
  it('has a value only if it is there', () => {
    expect(option(['az', 'x', '--name', 'a'], '--name')).toBe('a')
    expect(option(['az', 'x', '--name'], '--name')).toBe('')
    expect(option(['az', 'x'], '--name')).toBe('')
    expect(option(undefined, '--name')).toBe('')
  })
})
