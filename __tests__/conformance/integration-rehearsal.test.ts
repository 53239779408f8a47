import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createWorld, sideHosts, startSimulator, type Simulator } from 'azure-simulator'
import { isInstalled } from 'azure-simulator/runner/installed'
import { inPart } from 'azure-simulator/testing/parts'
import { createStandIns } from '../support/stand-ins.js'
import { runWorkflow, type JobEnd } from '../support/workflow.js'

const it = inPart(test.skipIf(!['az', 'kubectl', 'curl', 'jq'].every(isInstalled)), inject('part'))
const root = resolve(import.meta.dirname, '../..')

/** Somebody else's names and IDs, which nothing in this repository knows. */
const stranger = {
  tenantName: 'fabrikamspielwiese',
  tenantId: '9b1f6c0e-53d7-4c38-8a5e-7d21c4be9f03',
  subscriptionId: '3e7a9d52-08c4-4f61-b6f3-c95e1a40d287',
  subscriptionName: 'Versuchsabo Fabrikam',
  clientId: 'c4d2e8f1-6a97-4b05-9e3d-51f7a8b06c94',
  application: 'gh-pruefstand',
  owner: 'fabrikam-labor',
  repository: 'zieherlaubnis',
  runId: '70214496318',
  group: 'zieherinnen',
}

/** A stranger's tenant with an empty, new subscription, whose Owner is the identity of the workflow. */
async function begin() {
  const world = createWorld({ tenantName: stranger.tenantName, tenantId: stranger.tenantId })
  const subscription = world.addSubscription({ id: stranger.subscriptionId, displayName: stranger.subscriptionName })
  // A name that somebody has taken.
  world.addSubscription().addResourceGroup('rg-theirs').addRegistry('contoso')
  for (const name of ['ContainerRegistry', 'ContainerService', 'ManagedIdentity', 'Compute', 'Network', 'Storage'])
    world.unregisteredProviders.add(`Microsoft.${name}`)
  const repository = `${stranger.owner}/${stranger.repository}`
  const application = world.addApplication(stranger.application, {
    clientId: stranger.clientId,
    federatedCredentials: [{ subject: `repo:${repository}:environment:integration` }],
  })
  world.assignRole({ principalId: application.objectId, role: 'Owner', scope: subscription.id })
  const source = world.addSourceRegistry('mcr.microsoft.com')
  for (const tag of ['3.10.1', '3.10.2'])
    source.push('oss/v2/kubernetes/pause', tag, {
      platforms: ['linux/amd64', 'linux/arm64', 'windows/amd64:10.0.20348.4171'],
    })
  world.pageSize = 40
  const simulator = await startSimulator({
    world,
    sideHosts,
    runner: {
      repository,
      environment: 'integration',
      runId: stranger.runId,
      workflow: 'integration',
      eventName: 'workflow_dispatch',
    },
    timing: { kubeletBackoffMs: 200, credentialCacheMs: 0 },
  })
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'))
  onTestFinished(async () => {
    await simulator.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    // A question asks for an api-version that does not exist.
    expect(simulator.problems.filter(problem => !problem.includes('api-version 1999-01-01 of'))).toEqual([])
  })
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment, AZURE_CORE_COLLECT_TELEMETRY: '0' }
  return { world, subscription, application, simulator, folder, environment }
}

/** What must not be in a recording: the stranger's names and IDs, everything that was made with them, and every secret. */
function secretsOf({ world, secrets }: Simulator): string[] {
  const { principals, clients } = world.directory
  return [
    ...Object.values(stranger),
    ...principals.map(({ objectId }) => objectId),
    ...clients.flatMap(client => [client.clientId, ...client.secrets]),
    ...world.roleAssignments.map(({ name }) => name),
    ...[...secrets].filter(secret => secret.length >= 6),
  ].map(text => text.toLowerCase())
}

/** The text of each file of a recording. */
async function readRecording(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  expect(names.length).toBeGreaterThan(0)
  return Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
}

/** Expects that no secret is in a text; a failure shows the secret. */
function expectNothingOf(secrets: readonly string[], texts: readonly string[]): void {
  const lower = texts.map(text => text.toLowerCase()).join('\n')
  expect(secrets.filter(secret => lower.includes(secret))).toEqual([])
}

/** What is in the repository, with the dependencies that `npm ci` would install, and this machine's bundle. */
async function checkOut(workspace: string): Promise<void> {
  const paths = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  for (const name of new Set([...paths.map(path => path.split('/')[0] ?? ''), 'node_modules']))
    await symlink(join(root, name), join(workspace, name))
}

/** Nothing is downloaded, and nobody waits for roles and policies here. */
async function installPrograms(folder: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  for (const [name, script] of Object.entries({ npm: 'test "$1" = ci', sleep: 'exec /usr/bin/sleep 0.2' })) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

describe("integration.yml, in a stranger's subscription", () => {
  it('makes, tests, records and removes everything, Windows nodes and the memberships of a group too', async () => {
    const { world, subscription, application, simulator, folder, environment } = await begin()
    const members = world.addGroup(stranger.group, { owners: [application.objectId] })
    let secrets: string[] = []
    let uploaded: string[] = []
    let differences = ''
    const ends = await runWorkflow('.github/workflows/integration.yml', {
      folder,
      node: inject('node'),
      environment: { ...environment, STAND_INS: await installPrograms(folder) },
      vars: {
        AZURE_INTEGRATION_CLIENT_ID: stranger.clientId,
        AZURE_INTEGRATION_TENANT_ID: stranger.tenantId,
        AZURE_INTEGRATION_SUBSCRIPTION_ID: stranger.subscriptionId,
      },
      inputs: { location: 'swedencentral', windows: true, group: members.objectId },
      standIns: {
        ...createStandIns(simulator, { folder, repository: {} }),
        async 'actions/checkout'({ workspace }) {
          await checkOut(workspace)
          return undefined
        },
        'actions/setup-node': () => Promise.resolve(undefined),
        async 'actions/upload-artifact'({ inputs, workspace }) {
          secrets = secretsOf(simulator)
          const [recordings = '', file = ''] = (inputs.path ?? '').trim().split(/\s+/)
          uploaded = await readRecording(join(workspace, recordings))
          differences = await readFile(join(workspace, file), 'utf8')
          return undefined
        },
      },
    })
    const shown = ends.map(({ id, log }) => `${id}\n${log.replaceAll(/^::(add-mask|debug)::.*\n/gm, '')}`).join('\n')
    expect(
      ends.map(({ id, result }) => [id, result]),
      shown,
    ).toEqual([
      ['make', 'success'],
      ['test', 'success'],
      ['remove', 'success'],
    ])

    expect(uploaded.length).toBeGreaterThan(200)
    expectNothingOf(secrets, [...uploaded, differences])
    expect(differences).toMatch(/\d+ of \d+ exchanges differ\.\n$/)
    expectAnswers(ends[1])

    expect(subscription.groups).toEqual([])
    expect(world.resources.filter(({ subscriptionId }) => subscriptionId === stranger.subscriptionId)).toEqual([])
    expect([world.policies, world.policyDefinitions, world.locks]).toEqual([[], [], []])
    expect(world.roleAssignments.map(({ principalId, scope }) => [principalId, scope])).toEqual([
      [application.objectId, subscription.id],
    ])
    expect(world.directory.membersOf(members)).toEqual([])
  })
})

/** Expects an answer to each question, and that nothing else than the question refuses it. */
function expectAnswers(end: JobEnd | undefined): void {
  const rows = [...(end?.summary ?? '').matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].map(([, asked, answer]) => [
    asked,
    answer,
  ])
  const refused = 'refused (1)'
  const withoutRole = 'exchange 200, token 200, manifest 401'
  const withRole = (repositories: number): string => `exchange 200${', token 200, manifest 200'.repeat(repositories)}`
  expect(Object.fromEntries(rows)).toMatchObject({
    'a flexible federated credential of a managed identity': 'yes',
    'the list of identities, for one that may read only one of them': expect.stringMatching(/^1 of \d+$/) as unknown,
    'regional endpoints in the preview of 2026': 'Disabled',
    'a regional endpoint that is not enabled': 'no such host',
    'an image in quarantine by tag and by digest, with AcrPull': withRole(2),
    "an image in quarantine, with the runner's role": withRole(2),
    'a pull with AcrPull after the move to ABAC': expect.stringMatching(/manifest 401 after \d+ s$/) as unknown,
    'and after the move back': expect.stringMatching(/manifest 200 after \d+ s$/) as unknown,
    'a pull that a condition about @Resource allows': 'yes',
    'a pull that a condition about @Request allows': 'yes',
    'a pull by an identity without a role': withoutRole,
    'a pull by an identity without a role, in ABAC mode': withoutRole,
    'an import with force onto a tag that is locked': 'yes',
    'a deletion of an image that is locked': refused,
    'a deletion of a part of an index that is locked': 'yes',
    'a deletion of the repository of an image that is locked': refused,
    'a deletion of the tag of an image that is locked': 'yes',
    'import onto a tag that another image has': 'Conflict',
    'import of what is not there': 'InvalidParameters',
    'a registry in a region that is none': 'LocationNotAvailableForResourceType',
    'a registry whose name is taken': 'AlreadyInUse',
    'a role assignment with a condition': 'yes',
    'the same again without it: does the condition stay?': 'yes',
    'with an empty condition': 'yes',
    'another role under the same name': 'RoleAssignmentUpdateNotPermitted',
    'with a condition that is none': 'BadRequestFormat',
    'with another type of principal': 'UnmatchedPrincipalType',
    'a filter that does not exist': 'BadRequest',
    'an api-version that does not exist': 'NoRegisteredProviderFound',
    'the first page of a list of role assignments': '40, and more pages',
    'the list of identities after a deletion': expect.stringMatching(/^listed \d+ s .* no more \d+ s after/) as unknown,
    'a role assignment that a policy denies': expect.stringMatching(
      /^RequestDisallowedByPolicy after \d+ s$/,
    ) as unknown,
    'a role assignment at a registry that is locked': 'ScopeLocked',
    'Run Command where it is disabled': 'BadRequest',
    'the admin credential where local accounts are disabled': 'BadRequest',
    'Run Command where the cluster is stopped': 'OperationNotAllowed',
  })
}

describe('npm run record', () => {
  it("records a stranger's command without their names, and npm run compare reads it", async () => {
    const { subscription, simulator, folder, environment } = await begin()
    subscription.addResourceGroup(`rg-${stranger.group}`).addCluster(`aks-${stranger.group}`)
    const home = { ...environment, HOME: folder, AZURE_CONFIG_DIR: join(folder, '.azure') }
    await createStandIns(simulator, { folder, repository: {} })['azure/login']?.({
      workspace: folder,
      environment: home,
      inputs: {
        'client-id': stranger.clientId,
        'tenant-id': stranger.tenantId,
        'subscription-id': stranger.subscriptionId,
      },
    })
    const recording = join(folder, 'recording')
    const run = await npm(['run', 'record', '--', '--to', recording, 'az', 'aks', 'list', '--output', 'json'], home)
    expect(run, run.log).toMatchObject({ exitCode: 0 })
    expect(run.log).toContain(`"aks-${stranger.group}"`)
    expect(run.log).toMatch(/record: \d+ exchanges in /)
    expectNothingOf(secretsOf(simulator), await readRecording(recording))
    const compared = await npm(['run', 'compare', '--', recording], {})
    expect(compared, compared.log).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(root, 'recordings'))).toBe(false)
  })
})

async function npm(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ exitCode: number | null; log: string }> {
  const child = spawn('npm', args, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exitCode = await new Promise<number | null>(done => child.on('close', done))
  return { exitCode, log }
}
