import { describe, expect, inject } from 'vitest'
import type { Cluster } from 'azure-simulator'
import { readText } from '../../scripts/readme-tables.js'
import { it, type Machine } from '../support/conformance.js'
import { inRun } from '../support/nights.js'
import { runImage } from '../support/running.js'
import { createStandIns, installPrograms } from '../support/stand-ins.js'
import { runWorkflow, type WorkflowStart } from '../support/workflow.js'

/** The commands of docs/workloads.md that create the role of the job that locks, and assign it. */
const [, roleCommands = ''] = /```sh\n(az role definition create [^]+?)```/.exec(readText('docs/workloads.md')) ?? []

/** A fleet of two clusters in two subscriptions, whose images are locked by `night`, and purged by az as an owner. */
async function beginNights(
  begin: (beginning: { clients: ['az', 'bash', 'kubectl']; azAs: 'owner' }) => Promise<Machine>,
) {
  const machine = await begin({ clients: ['az', 'bash', 'kubectl'], azAs: 'owner' })
  const { world, subscription, registry, cluster, simulator, folder, run, az, azFails, variables } = machine
  const other = world.addSubscription({ displayName: 'other' })
  const second = other.addResourceGroup('rg-other').addCluster('aks-other')
  const addClient = (name: string) =>
    world.addApplication(name, { federatedCredentials: [{ subject: simulator.subject }] })
  const checker = addClient('gh-checker')
  for (const role of ['Reader', 'Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service RBAC Reader'])
    for (const { id } of [subscription, other]) world.assignRole({ principalId: checker.objectId, role, scope: id })
  for (const { kubeletIdentity } of [cluster, second])
    world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  const keeper = addClient('gh-keeper')
  const set = `SUBSCRIPTION=${subscription.subscriptionId} OBJECT_ID=${keeper.objectId} REGISTRY_ID=${registry.id}`
  const created = await run('bash', ['-euc', `${set}\n${roleCommands}`])
  expect(created, created.stderr).toMatchObject({ exitCode: 0 })

  const entry = { 'subscription-id': subscription.subscriptionId, cluster: '*', registry: registry.id }
  const vars = {
    ...variables,
    AZURE_CHECK_CLIENT_ID: checker.clientId,
    AZURE_KEEP_CLIENT_ID: keeper.clientId,
    FLEET: JSON.stringify([entry, { ...entry, 'subscription-id': other.subscriptionId }]),
  }
  const programs = await installPrograms(folder)
  let nights = 0
  return {
    ...machine,
    checker,
    second,
    other,
    /** Runs the workflow. @returns the result of the job `keep`, and what it has locked and unlocked */
    night: async ({ edit, attempt = 1 }: Pick<WorkflowStart, 'edit'> & { attempt?: number } = {}) => {
      const ends = await runWorkflow('examples/keep-running-images.yml', {
        folder,
        environment: {
          ...simulator.environment,
          ...simulator.runnerEnvironment,
          ...inRun((nights += 1)).environment,
          GITHUB_RUN_ATTEMPT: String(attempt),
          AZURE_CORE_COLLECT_TELEMETRY: '0',
          STAND_INS: programs,
        },
        node: inject('node'),
        vars,
        standIns: createStandIns(simulator, { folder, repository: {} }),
        ...(edit && { edit }),
      })
      const keep = ends.at(-1)
      const changes = [...(keep?.log.matchAll(/^contosoacr\/(\S+): ((?:un)?locked)$/gm) ?? [])]
      const named = (change: string) => changes.flatMap(([, image = '', done]) => (done === change ? image : [])).sort()
      return {
        result: keep?.result,
        locked: named('locked'),
        unlocked: named('unlocked'),
        log: ends.map(({ log }) => log).join('\n'),
      }
    },
    /** What `acr purge` does to a tag or a digest. @returns whether it is gone */
    purge: async (image: string): Promise<boolean> => {
      const [repository = '', tag] = image.split(':')
      const command = image.includes('@')
        ? `acr manifest delete --registry contosoacr --name ${image} --yes`
        : `acr repository untag --name contosoacr --image ${repository}:${tag ?? ''}`
      if (registry.images.isDeleteLocked(repository.replace(/@.*/, ''), image.split('@')[1] ?? tag ?? '')) {
        expect((await azFails(command)).stderr).toContain(
          'The operation is disallowed on this registry, repository or image',
        )
        return false
      }
      await az(command)
      return true
    },
  }
}

/** Everything of a namespace ends. */
function stop({ kubernetes }: Cluster, name: string): void {
  for (const plural of ['deployments', 'replicasets', 'pods', 'cronjobs'])
    for (const object of kubernetes.store.list(plural))
      if (object.metadata.name.startsWith(name)) kubernetes.store.remove(plural, object)
}

describe('keep-running-images', () => {
  it('locks what runs in the fleet, and unlocks its own locks alone, of what has stopped', async ({ begin }) => {
    const stage = await beginNights(begin)
    const { registry, cluster, second, night, purge, az } = stage
    const { images } = registry
    const index = images.push('shop/api', '1.4', { platforms: ['linux/amd64', 'linux/arm64'] })
    const parts = images.find('shop/api', index)?.content.manifests?.map(({ digest }) => digest) ?? []
    runImage(stage, 'shop/api', '1.4')
    const { digest: base } = runImage(stage, 'shop/base', '1', { name: 'base' })
    images.lock('shop/base', base, 'delete') // by somebody else
    const { digest: worker } = runImage({ registry, cluster: second }, 'shop/worker', '2', { name: 'worker' })
    runImage(stage, 'shop/report', '7', { kind: 'CronJob', name: 'report', pods: 0 })
    const report = images.find('shop/report', '7')?.digest ?? ''
    // A tag that has moved: the old image runs, and the next pod gets the new one.
    const { digest: old } = runImage(stage, 'shop/web', 'v1', { name: 'web' })
    const next = images.push('shop/web', 'v1', { content: 'next' })
    const idle = images.push('shop/idle', '1')

    const of = (repository: string, ...references: string[]) =>
      references.map(each => `${repository}${each.includes(':') ? '@' : ':'}${each}`)
    const api = of('shop/api', '1.4', index, ...parts)
    const others = [of('shop/base', '1'), of('shop/report', '7', report), of('shop/web', 'v1', old, next)].flat()
    const first = await night()
    expect(first, first.log).toMatchObject({ result: 'success', unlocked: [] })
    expect(first.locked).toEqual([...api, ...others, ...of('shop/worker', '2', worker)].sort())
    for (const image of [...api, `shop/base@${base}`, `shop/web@${old}`, 'shop/worker:2'])
      expect(await purge(image)).toBe(false)
    expect(await purge(`shop/idle@${idle}`)).toBe(true)

    // Everything is as it was: nothing is changed. A lock that somebody has removed is set again.
    await az(`acr repository update --name contosoacr --image shop/api@${index} --delete-enabled true`)
    expect(await night()).toMatchObject({ result: 'success', locked: [`shop/api@${index}`], unlocked: [] })

    stop(second, 'worker')
    stop(cluster, 'base')
    const rerun = await night({ attempt: 2 })
    expect(rerun, rerun.log).toMatchObject({ result: 'success', locked: [], unlocked: [] })
    const later = await night()
    expect(later, later.log).toMatchObject({ result: 'success', locked: [] })
    expect(later.unlocked).toEqual([...of('shop/base', '1'), ...of('shop/worker', '2', worker)].sort())
    expect(await purge(`shop/worker@${worker}`)).toBe(true)
    expect(await purge(`shop/base@${base}`)).toBe(false)
  })

  it('unlocks nothing while a cluster or a report is missing', async ({ begin }) => {
    const stage = await beginNights(begin)
    const { registry, cluster, second, night, purge, world, checker, other } = stage
    runImage(stage, 'shop/api', '1.4')
    const { digest } = runImage({ registry, cluster: second }, 'shop/worker', '2', { name: 'worker' })
    expect(await night()).toMatchObject({ result: 'success' })
    stop(cluster, 'api')
    const nothing = {
      result: 'failure',
      locked: [],
      unlocked: [],
      log: expect.stringContaining('Not everything that runs is known') as string,
    }
    const reader = world.roleAssignments.filter(
      ({ principalId, scope }) => principalId === checker.objectId && scope === other.id,
    )
    // A cluster that can't be read.
    for (const grant of reader) world.assignments.remove(grant)
    expect(await night()).toMatchObject(nothing)
    for (const { roleDefinitionId, principalId, scope } of reader)
      world.assignRole({ principalId, role: roleDefinitionId.split('/').at(-1) ?? '', scope })
    // A report that is missing.
    const edit = (text: string) =>
      text.replace('steps.acr.outputs.report-file\n', 'steps.acr.outputs.report-file && strategy.job-index == 0\n')
    expect(await night({ edit })).toMatchObject(nothing)
    expect(await purge(`shop/worker@${digest}`)).toBe(false)
    const known = await night()
    expect(known, known.log).toMatchObject({ result: 'success', locked: [] })
    expect(known.unlocked).toContain('shop/api:1.4')
    expect(await purge(`shop/worker@${digest}`)).toBe(false)
    // Its own lock of an image that somebody has deleted by force meanwhile is forgotten.
    stop(second, 'worker')
    registry.images.delete('shop/worker', digest)
    expect(await night()).toMatchObject({ result: 'success', locked: [] })
    expect(await night()).toMatchObject({ result: 'success', locked: [], unlocked: [] })
  })
})
