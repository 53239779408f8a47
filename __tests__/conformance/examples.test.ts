import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test as everyTest } from 'vitest'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import {
  sideHosts,
  startSimulator,
  type CloudName,
  type Cluster,
  type Machine as RunnerMachine,
  type Simulator,
  type UserAssignedIdentity,
} from 'azure-simulator'
import { inPart } from 'azure-simulator/testing/parts'
import type { ReportJson } from 'report-document'
import { disarm } from '../support/estate.js'
import { it, type Machine } from '../support/conformance.js'
import { pasteInto, runSetUp, variablesOf } from '../support/pasting.js'
import { readQuickStart } from '../support/quick-start.js'
import { acceptSecondPod } from '../support/pull-scenario.js'
import { unwrapped } from '../support/reading.js'
import { letLook, runImage } from '../support/running.js'
import { expectAttached } from '../support/scenario.js'
import { giveSetUp } from '../support/set-up-roles.js'
import { createStandIns, installPrograms } from '../support/stand-ins.js'
import { runWorkflow, type JobEnd, type WorkflowStart } from '../support/workflow.js'

const test = inPart(everyTest, inject('part'))

const administrator = 'Role Based Access Control Administrator'
const digest = /@sha256:[0-9a-f]{64}/
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: nginx, image: 'contosoacr.azurecr.io/shop/nginx:1.27' }] }
`
/** The prerequisites of the examples in the repository of their reader. */
const repository = {
  'k8s/web.yaml': deployment,
  'build.sh': '#!/bin/sh\nsleep ${BUILD_SECONDS:-0}\necho "built"\n',
  'deploy.sh': '#!/bin/sh\necho "deployed ${LOGIN_SERVER:-} ${NGINX:-} ${REDIS:-}"\n',
}

/** What actions/attest was given. */
interface Attestation {
  subject: { name: string; digest: string }[]
  predicateType: string
  predicate: ReportJson
}

interface Stage extends Contoso {
  simulator: Simulator
  /** Runs an example. @returns the results of its jobs */
  run: (
    example: string,
    more?: Partial<Pick<WorkflowStart, 'edit' | 'environment' | 'inputs' | 'only' | 'secrets' | 'vars'>> & {
      /** What else is in the repository. */
      files?: Record<string, string>
    },
  ) => Promise<JobEnd[]>
  /** An application that signs in like the others of the workflow, with roles. */
  addDeployer: (name: string, roles: [role: string, scope: string][]) => string
  /** Assigns a role at each of the scopes. */
  give: (holder: { objectId: string }, role: string, ...at: { id: string }[]) => void
  /** Assigned pull roles of a principal. */
  grantsOf: (principalId: string) => string[]
  /** What was attested. */
  attestation: () => Promise<Attestation>
  /** The commands that were only recorded. */
  calls: () => Promise<string>
}

/** Leaves the application a role that allows nothing that the step asks for, so that it sees the subscription and no new role is waited for. */
function loseRights(stage: Stage): void {
  const { world, deployer, cluster } = stage
  disarm(stage)
  world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: cluster.id })
}

/** What can't be seen is waited for no longer than timeout. */
const hurry = (text: string): string => text.replace('verify: pull', 'timeout: 1s\n          verify: pull')

let stages: { simulator: Simulator; folder: string }[] = []
beforeEach(() => (stages = []))
afterEach(async () => {
  for (const { simulator, folder } of stages) {
    await simulator.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    expect(simulator.problems).toEqual([])
  }
})

async function begin(
  options: { cloud?: CloudName; machine?: (contoso: Contoso) => RunnerMachine } = {},
): Promise<Stage> {
  const contoso = createContoso({ ...(options.cloud && { cloud: options.cloud }) })
  const { world, deployer, registry } = contoso
  const machine = options.machine?.(contoso)
  const simulator = await startSimulator({
    world,
    sideHosts,
    timing: { kubeletBackoffMs: 200, credentialCacheMs: 0 },
    ...(machine && { machine }),
  })
  const folder = await mkdtemp(join(tmpdir(), 'examples-'))
  stages.push({ simulator, folder })
  giveSetUp(contoso, ['verify', 'run-command'])
  const importer = 'Container Registry Data Importer and Data Reader'
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const environment = {
    ...simulator.environment,
    ...simulator.runnerEnvironment,
    STAND_INS: await installPrograms(folder),
    AZURE_CORE_COLLECT_TELEMETRY: '0',
  }
  return {
    ...contoso,
    simulator,
    run: (example, { vars, environment: others, files, ...more } = {}) =>
      runWorkflow(`examples/${example}.yml`, {
        folder,
        environment: { ...environment, ...others },
        node: inject('node'),
        vars: { ...contoso.variables, ...vars },
        standIns: createStandIns(simulator, { folder, repository: { ...repository, ...files } }),
        ...more,
      }),
    addDeployer(name, roles) {
      const { objectId, clientId } = world.addApplication(name, {
        federatedCredentials: [{ subject: simulator.subject }],
      })
      for (const [role, scope] of roles) world.assignRole({ principalId: objectId, role, scope })
      return clientId
    },
    give(holder, role, ...at) {
      for (const { id } of at) world.assignRole({ principalId: holder.objectId, role, scope: id })
    },
    grantsOf: principalId =>
      world.roleAssignments.filter(assignment => assignment.principalId === principalId).map(({ scope }) => scope),
    attestation: async () => JSON.parse(await readFile(join(folder, 'attestation.json'), 'utf8')) as Attestation,
    calls: () => readFile(join(folder, 'calls'), 'utf8'),
  }
}

/** Does what the set-up says of a cluster in which Azure roles do not count, as its administrator. */
async function bindAsPrinted({ az, group, run }: Machine, cluster: string, printed: string): Promise<void> {
  await az(`aks get-credentials --admin --resource-group ${group.name} --name ${cluster}`)
  const [rules = ''] = /^kubectl auth reconcile [^]+?^RULES$/m.exec(printed) ?? []
  const [, binding = ''] = /: (kubectl create rolebinding .*)$/m.exec(printed) ?? []
  for (const command of [rules, binding]) expect(await run('bash', ['-c', command])).toMatchObject({ exitCode: 0 })
}

/** The options of README's set-up line, for another cluster. */
async function readSetUpLine(cluster: string): Promise<string> {
  const [, options = ''] = /^bash set-up\.sh (.*)$/m.exec(await readFile('README.md', 'utf8')) ?? []
  return options.replace('aks-prod-1', cluster)
}

/** Runs an example with what the set-up left in the repository's variables. */
async function runOn(machine: Machine, example: string, cluster: Cluster, files: Record<string, string> = {}) {
  const { simulator, folder } = machine
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment }
  return runWorkflow(`examples/${example}.yml`, {
    folder,
    environment: { ...environment, STAND_INS: await installPrograms(folder) },
    node: inject('node'),
    vars: await variablesOf(machine),
    standIns: createStandIns(simulator, { folder, repository: files }),
    edit: text => text.replaceAll('aks-prod-1', cluster.name),
  })
}

function addImageOfQuickStart(world: Contoso['world']): void {
  const { repository, tag } = readQuickStart().source
  world.addSourceRegistry('mcr.microsoft.com').push(repository, tag)
}

/** Expects these results of the jobs, and shows the log of a job with another result. */
function expectEnds(ends: readonly JobEnd[], expected: Record<string, JobEnd['result']>): void {
  const shown = ends.map(({ id, result, log }) => `${id}: ${result}\n${log}`).join('\n')
  expect(Object.fromEntries(ends.map(({ id, result }) => [id, result])), shown).toEqual(expected)
}

describe('the examples, run as GitHub runs them', () => {
  for (const [kind, options] of Object.entries({
    'local accounts': {},
    'Azure RBAC': { aad: true, azureRbac: true },
    'Kubernetes RBAC': { aad: true },
  })) {
    it(`attach, the quick start, after the set-up, on a cluster with ${kind}`, async ({ begin }) => {
      const timing = { propagationMs: 600_000, kubeletBackoffMs: 200, credentialCacheMs: 0 }
      const machine = await begin({ clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none', timing })
      const { world, group } = machine
      addImageOfQuickStart(world)
      const cluster = group.addCluster('aks-first', options)
      const setUp = await runSetUp(machine, `${await readSetUpLine(cluster.name)} --deploy default --yes`)
      expect(setUp, setUp.stderr).toMatchObject({ exitCode: 0, stderr: '' })
      if (kind === 'Kubernetes RBAC') await bindAsPrinted(machine, cluster.name, setUp.stdout)
      // The time that the script says new roles take.
      world.passTime(600_000)
      acceptSecondPod({ world, cluster })

      const ends = await runOn(machine, 'attach', cluster)
      expectEnds(ends, { attach: 'success', deploy: 'success' })
      expect(ends[0]?.log).toMatch(/refused \(401\)[^]*pulled nginx@[^]*proven on \d+ nodes?/)
      expect(ends[1]?.log).toContain('deployment "web" successfully rolled out')
      const { pods } = cluster.kubernetes
      const pinned = machine.registry.images.find('nginx', 'v1')?.digest ?? '-'
      expect(pods.map(({ spec, status }) => [spec.containers[0]?.image, status.phase])).toEqual(
        Array(2).fill([`contosoacr.azurecr.io/nginx@${pinned}`, 'Running']),
      )
    })
  }

  it("the quick start uses each role of README's set-up line", async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none' })
    const { world, group, registry, attach } = machine
    addImageOfQuickStart(world)
    const cluster = group.addCluster('aks-first', { aad: true, azureRbac: true })
    const before = new Set(world.roleAssignments)
    expect(await runSetUp(machine, `${await readSetUpLine(cluster.name)} --yes`)).toMatchObject({ exitCode: 0 })
    world.passTime(3_600_000)
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const { images = '', verify = '' } = readQuickStart().inputs
    const inputs = { 'client-id': AZURE_CLIENT_ID, cluster: cluster.name, images, verify, timeout: '20s' }
    const given = world.roleAssignments.filter(each => !before.has(each))
    expect(given.length).toBeGreaterThan(3)
    for (const each of given) {
      world.assignments.remove(each)
      const end = await attach(inputs)
      expect(end.exitCode, `${each.roleDefinitionId} ${each.scope}\n${end.log}`).toBe(1)
      for (const pull of world.roleAssignments.filter(
        ({ principalId }) => principalId === cluster.kubeletIdentity.objectId,
      ))
        world.assignments.remove(pull)
      registry.images.removeTag('nginx', 'v1')
      const { principalId, scope, condition, roleDefinitionId } = each
      const limit = condition === null ? {} : { condition }
      world.assignRole({ principalId, scope, role: roleDefinitionId.slice(-36), ageMs: 3_600_000, ...limit })
    }
    expectAttached(await attach(inputs), { changed: true })
  })

  test('attach, without permission: nothing is deployed', async () => {
    const stage = await begin()
    const { run, grantsOf, cluster, world } = stage
    addImageOfQuickStart(world)
    loseRights(stage)
    expectEnds(await run('attach', { edit: hurry }), { attach: 'failure', deploy: 'skipped' })
    expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([])
  })

  test('gated-deploy', async () => {
    const { run, world, cluster, registry, addDeployer } = await begin()
    const source = world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const roles = ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service RBAC Cluster Admin']
    const held = roles.map((role): [string, string] => [role, cluster.id])
    const ends = await run('gated-deploy', {
      vars: { AZURE_DEPLOY_CLIENT_ID: addDeployer('gh-apps', held) },
      edit: text => text.replace(digest, `@${source}`),
    })
    expectEnds(ends, { prove: 'success', deploy: 'success' })
    const web = cluster.kubernetes.podsCreated.filter(({ metadata }) => metadata.labels?.app === 'web')
    // One rollout: no pod was ever created from the tag.
    expect(web.length).toBeGreaterThan(0)
    for (const { spec } of web)
      expect(spec.containers[0]?.image).toMatch(new RegExp(`^contosoacr.azurecr.io/shop/nginx${digest.source}$`))
    expect(registry.images.find('shop/nginx', '1.27')).toBeDefined()
  })

  test('gated-deploy, with a missing image: nothing is deployed', async () => {
    const { run, world, cluster } = await begin()
    world.addSourceRegistry('docker.io')
    expectEnds(await run('gated-deploy'), { prove: 'failure', deploy: 'skipped' })
    expect(cluster.kubernetes.pods).toEqual([])
  })

  describe('gated-merge', () => {
    /** A pull request with a chart that has a digest, and an overlay that moves a tag. */
    const changeOf = (digest: string, tag: string) => ({
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'charts/web/prod.yaml': 'replicas: 3\n',
      'charts/web/digest': `${digest}\n`,
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': deployment,
      'overlays/prod/kustomization.yaml': `resources: [../../base]\nimages: [{ name: contosoacr.azurecr.io/shop/nginx, newTag: '${tag}' }]\n`,
    })

    it('with the identity of docs/gitops.md', async ({ begin }) => {
      const machine = await begin({
        clients: ['az', 'bash', 'kubectl'],
        azAs: 'owner',
        role: 'none',
        runner: { environment: 'pull-requests', eventName: 'pull_request' },
      })
      const { world, group, registry } = machine
      const cluster = group.addCluster('aks-gated', { aad: true, azureRbac: true })
      const page = await readFile('docs/gitops.md', 'utf8')
      const [, options = ''] = /^bash set-up\.sh (.*)$/m.exec(page) ?? []
      // README's set-up defines the roles that the page assigns.
      for (const line of [await readSetUpLine(cluster.name), options.replace('aks-prod-1', cluster.name)]) {
        const setUp = await runSetUp(machine, `${line} --yes`)
        expect(setUp, setUp.stderr).toMatchObject({ exitCode: 0 })
      }
      const [, roles = ''] = /^```sh\n(SUBSCRIPTION=[^]+?)^```$/m.exec(page) ?? []
      const given = await pasteInto(machine, roles.replace('aks-prod-1', cluster.name))
      expect(given, given.stderr).toMatchObject({ exitCode: 0 })
      world.passTime(3_600_000)
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      const digest = registry.images.push('shop/web', '1')
      registry.images.push('shop/nginx', '1.28')
      const vars = await variablesOf(machine)
      const [proven] = await runOn(machine, 'gated-merge', cluster, changeOf(digest, '1.28'))
      expect(proven?.result, proven?.log).toBe('success')
      const images = cluster.kubernetes.podsCreated.flatMap(({ spec }) => spec.containers.map(({ image }) => image))
      expect([...new Set(images)].sort()).toEqual([
        'contosoacr.azurecr.io/shop/nginx:1.28',
        `contosoacr.azurecr.io/shop/web@${digest}`,
      ])
      expect(cluster.kubernetes.pods).toEqual([])
      const { objectId } = world.directory.findClient(vars.AZURE_CHECK_CLIENT_ID ?? '') ?? {}
      const held = world.roleAssignments.filter(({ principalId }) => principalId === objectId)
      expect(held.map(({ condition }) => condition)).toEqual(Array(held.length).fill(null))
      expect(held.length).toBeGreaterThan(3)
    })

    test('refuses a tag that nobody has pushed', async () => {
      const { run, give, cluster, registry, variables } = await begin()
      give(cluster.kubeletIdentity, 'AcrPull', registry)
      const vars = { AZURE_CHECK_CLIENT_ID: variables.AZURE_CLIENT_ID ?? '' }
      const [end] = await run('gated-merge', { vars, files: changeOf(registry.images.push('shop/web', '1'), '1.29') })
      expect(end?.result, end?.log).toBe('failure')
      expect(end?.log).toContain('✗ DRIFT')
    })
  })

  test('after-sync, and its issue', async () => {
    const stage = await begin()
    const { run, world, registry, cluster } = stage
    letLook(stage)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const vars = { AZURE_CHECK_CLIENT_ID: stage.variables.AZURE_CLIENT_ID }
    const { image, digest } = runImage(stage, 'shop/api', '1.4')
    const [synced] = await run('after-sync', { vars })
    expect(synced?.result, synced?.log).toBe('success')
    const pulled = cluster.kubernetes.podsCreated.flatMap(({ spec }) => spec.containers.map(each => each.image))
    expect(new Set(pulled)).toEqual(new Set([image]))
    registry.images.delete('shop/api', digest)
    expectEnds(await run('after-sync', { vars }), { check: 'failure' })
    expect(world.github.issues).toMatchObject([{ state: 'open' }])
  })

  describe('attach-while-you-build', () => {
    const job = 'build-and-deploy'
    const beginBuild = async () => {
      const stage = await begin()
      stage.world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
      return stage
    }

    test('deploys with the outputs of the step that ran in parallel to the build', async () => {
      const { run, grantsOf, cluster, registry } = await beginBuild()
      const [end] = await run('attach-while-you-build', {
        edit: text =>
          text.replace('./build.sh', 'echo "before the wait ${{ steps.acr.outputs.attached }}."; ./build.sh'),
      })
      expectEnds(end ? [end] : [], { [job]: 'success' })
      expect(end?.log).toContain('before the wait .')
      expect(end?.log).toMatch(/^built[^]*proven on \d+ nodes?[^]*^deployed contosoacr\.azurecr\.io/m)
      expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([registry.id])
    })

    test('deploys nothing if the step fails while the build succeeds', async () => {
      const stage = await begin()
      loseRights(stage)
      const ends = await stage.run('attach-while-you-build', { edit: hurry })
      expectEnds(ends, { [job]: 'failure' })
      expect(ends[0]?.log).toContain('built')
      expect(ends[0]?.log).not.toContain('deployed')
    })

    test('waits for the step if the build fails, and deploys nothing', async () => {
      const { run, grantsOf, cluster, registry } = await beginBuild()
      const ends = await run('attach-while-you-build', { edit: text => text.replace('./build.sh', 'exit 1') })
      expectEnds(ends, { [job]: 'failure' })
      expect(ends[0]?.log).toMatch(/proven on \d+ nodes?/)
      expect(ends[0]?.log).not.toContain('deployed')
      expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([registry.id])
    })

    test('leaves no pod behind if the step is cancelled in the middle of its pulls', async () => {
      const { run, cluster, world } = await beginBuild()
      world.timing.propagationMs = 3_600_000
      const pods = cluster.kubernetes.podsCreated
      const ends = await run('attach-while-you-build', {
        // The build takes until the step has probed.
        edit: text =>
          text.replace('./build.sh', 'sleep 15').replace('wait: acr # fails if the step has failed', 'cancel: acr'),
      })
      expectEnds(ends, { [job]: 'success' })
      expect(ends[0]?.log).toContain('CANCELLED')
      expect(pods.length).toBeGreaterThan(0)
      expect(cluster.kubernetes.pods).toEqual([])
    })
  })

  test('attest: the report of the pulls, for the digest that was pulled', async () => {
    const { run, registry, world, attestation, cluster } = await begin()
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    expectEnds(await run('attest'), { prove: 'success' })
    const { subject, predicate } = await attestation()
    const pulled = registry.images.find('shop/nginx', '1.27')?.digest
    expect(subject).toEqual([{ name: 'contosoacr.azurecr.io/shop/nginx', digest: pulled }])
    expect(predicate).toMatchObject({ verified: 'pull', pairs: [{ target: cluster.id }] })
    for (const { image, verdict } of predicate.pairs.flatMap(({ pulls }) => pulls))
      expect({ image, verdict }).toEqual({
        image: `contosoacr.azurecr.io/shop/nginx@${pulled ?? ''}`,
        verdict: 'pulled',
      })
  })

  test('attest, without a proof: nothing is attested', async () => {
    const { run, world, attestation } = await begin()
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const ends = await run('attest', { edit: text => text.replace('verify: pull', 'verify: assignment') })
    expectEnds(ends, { prove: 'failure' })
    await expect(attestation()).rejects.toThrow('ENOENT')
  })

  test('deployment-record: the digest that was pulled', async () => {
    const { run, registry, world, calls } = await begin()
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    expectEnds(await run('deployment-record'), { prove: 'success', deploy: 'success' })
    const recorded = await calls()
    expect(recorded).toContain('gh api --method POST orgs/contoso/artifacts/metadata/deployment-record ')
    expect(recorded).toContain(`digest=${registry.images.find('shop/nginx', '1.27')?.digest ?? '-'} `)
  })

  test('import-and-deploy', async () => {
    const { run, world } = await begin()
    const source = world.addSourceRegistry('docker.io', {
      credentials: { username: 'contoso', password: 'dckr_pat_1' },
      anonymous: false,
    })
    source.push('library/nginx', '1.27')
    source.push('library/redis', '7.4')
    const ends = await run('import-and-deploy', {
      vars: { DOCKER_HUB_USERNAME: 'contoso' },
      secrets: { DOCKER_HUB_TOKEN: 'dckr_pat_1' },
    })
    expectEnds(ends, { import: 'success', deploy: 'success' })
    const pinned = (name: string): RegExp => new RegExp(`contosoacr.azurecr.io/shop/${name}${digest.source}`)
    expect(ends[1]?.log).toMatch(pinned('nginx'))
    expect(ends[1]?.log).toMatch(pinned('redis'))
  })

  test('nightly-drift, and its issue', async () => {
    const { run, give, world, group, subscription, registry, cluster, addDeployer } = await begin()
    const base = group.addRegistry('contosobase')
    const vars = { AZURE_CHECK_CLIENT_ID: addDeployer('gh-checker', [['Reader', subscription.id]]) }
    expectEnds(await run('nightly-drift', { vars }), { check: 'failure' })
    expect(world.github.issues).toMatchObject([{ state: 'open' }])
    give(cluster.kubeletIdentity, 'AcrPull', base, registry)
    expectEnds(await run('nightly-drift', { vars }), { check: 'success' })
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
  })

  test('watch-workloads, and its issue', async () => {
    const stage = await begin()
    const { run, give, world, group, subscription, registry, cluster, addDeployer } = stage
    give(cluster.kubeletIdentity, 'AcrPull', group.addRegistry('contosobase'), registry)
    const roles = ['Reader', 'Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service RBAC Reader']
    const held = roles.map((role): [string, string] => [role, subscription.id])
    const vars = { AZURE_CHECK_CLIENT_ID: addDeployer('gh-watcher', held) }
    const { digest } = runImage(stage, 'shop/api', '1.4', { pods: 3 })
    expectEnds(await run('watch-workloads', { vars }), { watch: 'success' })
    registry.images.delete('shop/api', digest)
    expectEnds(await run('watch-workloads', { vars }), { watch: 'failure' })
    expect(world.github.issues).toMatchObject([{ state: 'open' }])
    expect(world.github.issues[0]?.body).toContain('3 pods of 1 deployment')
    registry.images.push('shop/api', '1.4')
    expectEnds(await run('watch-workloads', { vars }), { watch: 'success' })
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
  })

  /** A fleet of a subscription, or of two, which one identity checks. */
  const beginFleet = async (count: number) => {
    const stage = await begin()
    const { world, subscription, variables, addDeployer } = stage
    const other = world.addSubscription({ displayName: 'other' })
    other.addResourceGroup('rg-other').addCluster('aks-other')
    const entry = { 'subscription-id': variables.AZURE_SUBSCRIPTION_ID, cluster: '*', registry: 'contosoacr' }
    const vars = {
      AZURE_CHECK_CLIENT_ID: addDeployer('gh-checker', [
        ['Reader', subscription.id],
        ['Reader', other.id],
      ]),
      FLEET: JSON.stringify([entry, { ...entry, 'subscription-id': other.subscriptionId }].slice(0, count)),
    }
    return { ...stage, vars }
  }

  for (const count of [1, 2]) {
    test(`fleet-drift, of ${count}`, async () => {
      const { run, world, vars } = await beginFleet(count)
      const ends = await run('fleet-drift', { vars })
      expectEnds(ends, { check: 'success', merge: 'failure' })
      expect(ends).toHaveLength(count + 1)
      expect(ends.at(-1)?.log).toContain('DRIFT')
      expect(world.github.issues).toHaveLength(1)
      expect(world.github.issues[0]?.body).toContain('aks-prod-1')
      if (count === 2) expect(world.github.issues[0]?.body).toContain('aks-other')
    })
  }

  test('detach', async () => {
    const { run, give, subscription, group, registry, deployer, addDeployer, grantsOf, calls } = await begin()
    const test1 = subscription.addResourceGroup('rg-test').addCluster('aks-test-1')
    give(deployer, 'Reader', test1)
    const base = group.addRegistry('contosobase')
    give(deployer, administrator, base)
    give(test1.kubeletIdentity, 'AcrPull', registry, base, group)
    const vars = { AZURE_AKS_ADMIN_CLIENT_ID: addDeployer('gh-aks', [['Contributor', subscription.id]]) }
    const ends = await run('detach', { vars, inputs: { cluster: 'aks-test-1' } })
    expectEnds(ends, { decommission: 'success' })
    expect(grantsOf(test1.kubeletIdentity.objectId)).toEqual([group.id])
    expect(ends[0]?.log).toContain('rg-shop') // what still lets it pull
    expect(await calls()).toContain('aks delete --name aks-test-1 --resource-group rg-test')
  })

  test('attach-many', async () => {
    const { run, give, world, subscription, group, registry, deployer, variables, grantsOf, cluster } = await begin()
    const [tests, bases] = [
      world.addSubscription({ displayName: 'test' }),
      world.addSubscription({ displayName: 'base' }),
    ]
    const clusters = [
      cluster,
      group.addCluster('aks-prod-2'),
      tests.addResourceGroup('rg-test').addCluster('aks-test-1'),
    ]
    const base = bases.addResourceGroup('rg-base').addRegistry('contosobase')
    give(deployer, 'Owner', tests, bases, subscription)
    const ends = await run('attach-many', {
      vars: {
        SHOP_SUBSCRIPTION_ID: variables.AZURE_SUBSCRIPTION_ID,
        TEST_SUBSCRIPTION_ID: tests.subscriptionId,
        BASE_SUBSCRIPTION_ID: bases.subscriptionId,
      },
    })
    expectEnds(ends, { attach: 'success' })
    for (const { kubeletIdentity } of clusters)
      expect(grantsOf(kubeletIdentity.objectId).sort()).toEqual([registry.id, base.id].sort())
    expect(ends[0]?.log.match(/^attached\t/gm)).toHaveLength(6)
  })

  test('new-cluster', async () => {
    const { run, world, subscription, group, registry, addDeployer, grantsOf, calls } = await begin()
    const vars = { AZURE_AKS_ADMIN_CLIENT_ID: addDeployer('gh-aks', [['Contributor', subscription.id]]) }
    expectEnds(await run('new-cluster', { vars }), { create: 'success' })
    const id = /--assign-kubelet-identity (\S+)/.exec(await calls())?.[1] ?? ''
    const identity = world.findResource(id) as UserAssignedIdentity | undefined
    expect(grantsOf(identity?.objectId ?? '')).toEqual([registry.id])
    expect(id.toLowerCase()).toContain(group.id.toLowerCase())
  })

  test('group', async () => {
    const { run, world, cluster, registry, deployer, grantsOf } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    expectEnds(await run('group', { vars: { PULLERS_GROUP_ID: pullers.objectId } }), { attach: 'success' })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expect(grantsOf(pullers.objectId)).toEqual([registry.id])
  })

  test('abac-repositories', async () => {
    const { run, give, world, group, cluster, deployer } = await begin()
    const base = group.addRegistry('contosobase', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    give(deployer, administrator, base)
    expectEnds(await run('abac-repositories'), { attach: 'success' })
    const [grant] = world.roleAssignments.filter(({ principalId }) => principalId === cluster.kubeletIdentity.objectId)
    expect(grant?.condition).toMatch(/shop\/web[\s\S]+base\//)
  })

  test('ready-for-abac: nobody loses a pull when the registry moves', async () => {
    const { run, give, world, group, subscription, registry, cluster, deployer, variables } = await begin()
    world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
    const clusters = [cluster, group.addCluster('aks-prod-2')]
    for (const role of ['Reader', 'AKS Probe', 'Azure Kubernetes Service Cluster Admin Role'])
      give(deployer, role, subscription)
    for (const { kubeletIdentity } of clusters) give(kubeletIdentity, 'AcrPull', registry)
    const entry = { 'subscription-id': variables.AZURE_SUBSCRIPTION_ID, cluster: '*', registry: 'contosoacr' }
    const vars = { FLEET: JSON.stringify([entry]) }
    const [asked, told] = await run('ready-for-abac', { vars })
    expect(asked?.log).toContain('2 of 2 clusters pull today and lose access when contosoacr moves to ABAC')
    expect(told?.log).toContain('lose access when contosoacr moves to ABAC')
    expectEnds(await run('ready-for-abac', { vars, inputs: { mode: 'attach' } }), {
      ready: 'success',
      count: 'skipped',
    })
    registry.body.properties.roleAssignmentMode = 'AbacRepositoryPermissions'
    const [checked] = await run('ready-for-abac', { vars })
    expect(checked?.log).toMatch(/proven on \d+ nodes/)
    expect(checked?.log).not.toContain('lose')
  })

  test('private-cluster', async () => {
    const stage = await begin()
    const { run, group, registry } = stage
    const cluster = group.addCluster('aks-private-1', { privateCluster: true })
    giveSetUp(stage, ['verify', 'run-command'], { clusters: [cluster] })
    registry.images.push('shop/web', '1.4')
    const ends = await run('private-cluster')
    expectEnds(ends, { prove: 'success' })
    expect(ends[0]?.log).toMatch(/pulled shop\/web/)
    expect(cluster.kubernetes.pods).toEqual([])
  })

  test('self-hosted', async () => {
    let clientId = ''
    const { run, grantsOf, cluster, registry } = await begin({
      machine({ group, world, registry }) {
        const identity = group.addUserAssignedIdentity('runner')
        clientId = identity.clientId
        world.assignRole({ principalId: identity.objectId, role: 'Reader', scope: group.id })
        world.assignRole({ principalId: identity.objectId, role: administrator, scope: registry.id })
        return { userAssigned: [identity] }
      },
    })
    expectEnds(await run('self-hosted', { vars: { RUNNER_IDENTITY_CLIENT_ID: clientId, AZURE_CLIENT_ID: '' } }), {
      attach: 'success',
    })
    expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([registry.id])
  })

  test.for([
    ['AzureUSGovernment', 'USGOV', 'us-government'],
    ['AzureChinaCloud', 'CHINA', 'china'],
  ] as const)('national-clouds, in %s', async ([cloud, prefix, job]) => {
    const { run, variables, grantsOf, cluster, registry } = await begin({ cloud })
    const vars = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name.replace('AZURE', prefix), value]),
    )
    const ends = await run('national-clouds', { vars, only: job })
    expectEnds(ends, { [job]: 'success' })
    expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([registry.id])
  })

  test('least-trust', async () => {
    const { run, group, cluster, registry, world, addDeployer } = await begin()
    const vars = { AZURE_CHECK_CLIENT_ID: addDeployer('gh-checker', [['Reader', group.id]]) }
    const refused = await run('least-trust', { vars })
    expectEnds(refused, { check: 'failure', deploy: 'skipped' })
    const grant = `az role assignment create --assignee-object-id ${cluster.kubeletIdentity.objectId} --assignee-principal-type ServicePrincipal`
    expect(unwrapped(refused[0]?.summary ?? '')).toContain(grant)
    expect(unwrapped(refused[0]?.summary ?? '')).toContain(`--role AcrPull --scope ${registry.id} --subscription `)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expectEnds(await run('least-trust', { vars }), { check: 'success', deploy: 'success' })
  })

  test('move-from-az', async () => {
    const { run, world, cluster, registry, grantsOf } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const ends = await run('move-from-az')
    expectEnds(ends, { attach: 'success' })
    expect(ends[0]?.log).toContain('nothing to write')
    expect(grantsOf(cluster.kubeletIdentity.objectId)).toEqual([registry.id])
  })
})
