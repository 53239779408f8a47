import { expect } from 'vitest'
import { createRandom } from 'azure-simulator'
import { createNights } from '../../support/random-nights.js'
import { headlineOf } from '../../support/reading.js'
import { it } from '../../support/scenario.js'

// `SEED=$RANDOM` tries other nights.
const first = Number(process.env.SEED ?? 20_261_129)

it.for([first, first + 1, first + 2])(
  'each morning shows what is so, whatever went wrong in the nights of a fleet (seed %i)',
  async (seed, { begin }) => {
    const scenario = await begin({ runner: { workflow: 'fleet-drift', job: 'merge', eventName: 'schedule' } })
    const { world, deployer, subscription, registry, cluster, group } = scenario
    const second = world.addSubscription({ displayName: 'Contoso two' })
    const third = world.addSubscription({ displayName: 'Contoso three' })
    const [two, three] = [second.addResourceGroup('rg-two'), third.addResourceGroup('rg-three')]
    const twoAcr = two.addRegistry('twoacr')
    const read = (scope: string) => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
    // The identity reads the third entry's registry whatever becomes of the second entry's subscription.
    read(twoAcr.id)
    const own = [cluster, group.addCluster('aks-prod-2')]
    const listed = [two.addCluster('aks-1'), two.addCluster('aks-2')]
    const named = [three.addCluster('aks-1'), three.addCluster('aks-10')]
    const nights = createNights(
      scenario,
      [
        {
          entry: { name: 'one', 'subscription-id': subscription.subscriptionId, cluster: '*', registry: 'contosoacr' },
          clusters: () => own,
          registry,
          right: read(subscription.id),
        },
        {
          entry: { name: 'two', 'subscription-id': second.subscriptionId, cluster: '*', registry: 'twoacr' },
          clusters: () => listed,
          registry: twoAcr,
          right: read(second.id),
        },
        {
          entry: {
            name: 'three',
            'subscription-id': third.subscriptionId,
            cluster: 'aks-1\naks-10',
            'resource-group': 'rg-three',
            registry: twoAcr.id,
          },
          clusters: () => named,
          registry: twoAcr,
          right: read(third.id),
        },
      ],
      createRandom(seed),
    )
    for (let night = 0; night < 8; night += 1)
      for (const { what, end, expected, listed: shown, isEarlierTold, hasEarlier } of await nights.next(night)) {
        const told = `${what}\n${end.log}`
        expect(end.exitCode, told).toBe(expected.exitCode)
        expect(end.outputs, told).toMatchObject({ attached: expected.attached, drift: expected.drift })
        expect(end.outputs['error-code'], told).toMatch(expected.code)
        expect(headlineOf(end)[0], told).toBe(expected.mark)
        expect(shown, told).toEqual(expected.listed)
        expect(isEarlierTold, told).toBe(hasEarlier)
      }
    expect(nights.end()).toEqual([])
  },
)
