import { describe, expect, test } from 'vitest'
import { abilitiesOf, cases, type Abilities } from '../../../scripts/set-ups/worst-case.js'

const abilitiesWith = (option: string, isLocal = false): Abilities => {
  const found = cases.find(each => each.option === option && (each.isLocal ?? false) === isLocal)
  if (!found) throw new Error(`no case ${option}`)
  return abilitiesOf(found)
}

describe('the worst case', () => {
  const usual = abilitiesWith('')

  test('of the default is to read, to start pods in one namespace, and to grant to the named clusters', () => {
    expect(usual).toEqual({
      overwrites: false,
      reads: true,
      pods: 'namespace',
      administers: false,
      readsSecrets: false,
      getsKubeconfigs: true,
      runsCommands: false,
      grantsTo: ['clusters'],
      deletes: false,
      ownsGroup: false,
    })
  })

  test.each<[string, Partial<Abilities>]>([
    ['--identities A,B', { grantsTo: ['clusters', 'identities'] }],
    ['--group G', { grantsTo: ['clusters', 'group'], ownsGroup: true }],
    ['--any-cluster', { grantsTo: ['clusters', 'any'] }],
    ['--detach', { deletes: true }],
    ['--images', { overwrites: true }],
    ['--run-command', { runsCommands: true }],
    ['--built-in-roles', { pods: 'everywhere', administers: true, readsSecrets: true }],
  ])('of %s differs from the default by %j', (option, more) => {
    expect(abilitiesWith(option)).toEqual({ ...usual, ...more })
  })

  test('without Entra ID is to administer the cluster, by kubeconfig or Run Command', () => {
    for (const option of ['', '--run-command --no-verify'])
      expect(abilitiesWith(option, true)).toMatchObject({ administers: true, pods: 'everywhere' })
    expect(abilitiesWith('--no-verify', true)).toMatchObject({ administers: false, pods: 'nowhere' })
  })
})
