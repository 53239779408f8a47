import { describe } from 'vitest'
import { allDocumentedRules } from '../support/documented-roles.js'
import { expectNoPods, expectProvenOn, it } from '../support/real-cluster.js'
import { expectFailure } from '../support/scenario.js'

const rule = (resources: string[], verbs: string[]): object => ({ apiGroups: [''], resources, verbs })
const nodes = rule(['nodes', 'events'], ['get', 'list'])

describe('with rights in the cluster', () => {
  it.for(['kubectl', 'run-command'])('the documented ClusterRole is enough (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: allDocumentedRules() })
    await expectProvenOn(await scenario.pull({ 'probe-with': way }), scenario)
  })

  it('pods are deleted one by one without the right to delete collections', async ({ begin }) => {
    const scenario = await begin({ rules: [nodes, rule(['pods'], ['get', 'list', 'create', 'delete'])] })
    await expectProvenOn(await scenario.pull(), scenario)
  })

  it.for([
    [
      'to list nodes',
      [rule(['events'], ['get', 'list']), rule(['pods'], ['get', 'list', 'create', 'delete', 'deletecollection'])],
    ],
    ['to list pods', [nodes, rule(['pods'], ['create', 'delete', 'deletecollection'])]],
    ['to create pods', [nodes, rule(['pods'], ['get', 'list', 'delete', 'deletecollection'])]],
    ['at all', []],
  ] as const)('a missing right %s is reported', async ([, rules], { begin }) => {
    const scenario = await begin({ rules })
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    await expectNoPods(scenario.pods)
  })

  it.for(['kubectl', 'run-command'])('events are not needed (%s)', async (way, { begin }) => {
    const scenario = await begin({
      rules: [
        rule(['nodes'], ['get', 'list']),
        rule(['pods'], ['get', 'list', 'create', 'delete', 'deletecollection']),
      ],
    })
    await expectProvenOn(await scenario.pull({ 'probe-with': way }), scenario)
  })

  it('a token that the API server does not accept is reported', async ({ begin }) => {
    const scenario = await begin()
    scenario.useToken('not-a-token')
    const end = await scenario.pull({ timeout: '35s' })
    expectFailure(end, 'SIGN_IN_FAILED')
  })
})
