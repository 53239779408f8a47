import { describe, expect } from 'vitest'
import { connect } from 'azure-simulator/client'
import { it, type Machine } from '../support/conformance.js'
import { pasteInto, setUpScript, variablesOf } from '../support/pasting.js'
import { expectAttached } from '../support/scenario.js'
import { roles, setUps } from '../../scripts/set-ups/set-ups.js'

const beginning = { clients: ['az', 'bash'], azAs: 'owner', role: 'none' } as const
/** A person who is Owner of the cluster and of the registry, and of nothing else. */
const asOwnerOfBoth = { clients: ['az', 'bash'], role: 'none' } as const

/** Pastes the script with these settings. @returns the lines that it printed, its errors, and what it wrote to Azure and Entra */
async function paste(
  machine: Machine,
  settings: Record<string, string> = {},
  options: { after?: number } = {},
): Promise<{ exitCode: number | null; lines: string[]; errors: string; written: string[] }> {
  const { requests } = machine.simulator
  const since = requests.length
  const { exitCode, stdout, stderr, lives } = await pasteInto(machine, setUpScript(machine, settings), options)
  expect(lives).toBe(true)
  const written = requests
    .slice(since)
    .filter(({ method, path }) => method !== 'GET' && !path.includes('/oauth2/'))
    .map(({ method, path }) => `${method} ${path.split(/[/?]/).findLast(segment => /^[a-z]+$/i.test(segment)) ?? ''}`)
  return { exitCode, lines: stdout.trim().split('\n'), errors: stderr, written }
}

/** What an identity holds: the last part of a scope and the name of the role. */
function rolesOf({ world }: Machine, objectId = ''): string[] {
  return world.roleAssignments
    .filter(({ principalId }) => principalId === objectId)
    .map(({ scope, roleDefinitionId }) => {
      const role = world.roles.find(({ name }) => roleDefinitionId.endsWith(name))
      return `${role?.roleName ?? roleDefinitionId} at ${scope.split('/').at(-1) ?? ''}`
    })
    .sort()
}

async function objectIdOf(machine: Machine, variable: string): Promise<string | undefined> {
  return machine.world.directory.findClient((await variablesOf(machine))[variable] ?? '')?.objectId
}

/** What the data of the set-ups gives an identity, at the resources of these names. */
const rolesIn = (names: Record<string, string>, ...keys: string[]): string[] =>
  keys
    .flatMap(key => setUps[key] ?? [])
    .map(({ role, at }) => `${roles[role]?.name ?? role} at ${names[at] ?? at}`)
    .sort()
const contoso = { cluster: 'aks-prod-1', registry: 'contosoacr', namespace: 'shop' }
const rolesToProve = rolesIn(contoso, 'attach', 'verify')

describe('docs/set-up.sh, pasted into an interactive bash', () => {
  it('writes nothing at a typo, sets up, changes nothing again, and adds a second cluster', async ({ begin }) => {
    const machine = await begin(beginning)
    const { group, attach, world } = machine
    world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
    const wrong = await paste(machine, {
      REPOSITORY: 'contoso/shpo',
      SUBJECT: 'repo:contoso/shop:ref:refs/heads/main',
      CLUSTERS: 'aks-prd-1',
      REGISTRIES: 'contosoarc',
      MODE: 'chekc',
      VERIFY: 'true',
    })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.written).toEqual([])
    expect(wrong.errors.slice(wrong.errors.indexOf('Nothing')).split('\n')).toEqual([
      'Nothing was written:',
      '- MODE is attach or check, not chekc.',
      '- VERIFY, DEPLOY and CUSTOM_ROLES are yes or no, not true.',
      '- You can see no cluster called aks-prd-1, only: aks-prod-1',
      '- You can see no registry called contosoarc, only: contosoacr',
      '- The variables of contoso/shpo could not be read. Check the name, and gh auth status.',
      'Stopped. Paste it again after the correction: what exists already stays.',
      '',
    ])

    const right = await paste(machine)
    expect(right, right.errors).toMatchObject({ exitCode: 0, errors: '' })
    expect(right.written).toEqual([
      ...['POST applications', 'POST servicePrincipals', 'POST federatedIdentityCredentials'],
      ...[
        'PUT roleAssignments',
        'PUT roleAssignments',
        'PUT roleAssignments',
        'PUT roleDefinitions',
        'PUT roleAssignments',
      ],
    ])
    expect(right.lines.filter(line => line.startsWith('created '))).toHaveLength(11)
    expect(right.lines.at(-1)).toContain('up to ten minutes')
    const objectId = await objectIdOf(machine, 'AZURE_CLIENT_ID')
    expect(rolesOf(machine, objectId)).toEqual(rolesToProve)
    const set = await variablesOf(machine)
    expect(set).toEqual({ ...machine.variables, AZURE_CLIENT_ID: set.AZURE_CLIENT_ID })
    const inputs = { 'client-id': set.AZURE_CLIENT_ID ?? '' }
    const proven = await attach({ ...inputs, verify: 'pull' })
    expectAttached(proven, { changed: true })
    expect(proven.outputs.verified).toBe('pull')
    expect((await attach({ ...inputs, mode: 'detach' })).exitCode).toBe(0)
    // The condition only allows it to assign pull roles.
    expect((await attach({ ...inputs, role: 'AcrPush' })).outputs['error-code']).toBe('AUTHORIZATION_FAILED')

    const again = await paste(machine)
    expect(again, again.errors).toMatchObject({ exitCode: 0, errors: '', written: [] })
    expect(again.lines.slice(1, -1).every(line => line.startsWith('exists '))).toBe(true)

    const second = group.addCluster('aks-prod-2')
    const more = await paste(machine, { CLUSTERS: `aks-prod-1\n${second.id.toUpperCase()}` })
    expect(more, more.errors).toMatchObject({ exitCode: 0, written: ['PUT roleAssignments', 'PUT roleAssignments'] })
    expect(rolesOf(machine, objectId)).toEqual(
      [...rolesToProve, 'Reader at aks-prod-2', 'AKS Probe at aks-prod-2'].sort(),
    )
  })

  it('continues where it stopped, after each step in turn', { timeout: 600_000 }, async ({ begin }) => {
    const machine = await begin(beginning)
    const steps: string[] = []
    for (let run = 0; run < 20; run += 1) {
      const variables = await variablesOf(machine).catch(() => ({}))
      const { exitCode, lines, written, errors } = await paste(machine, {}, { after: 1 })
      const set = Object.keys(await variablesOf(machine).catch(() => ({}))).slice(Object.keys(variables).length)
      expect([...written, ...set], `${lines.join('\n')}\n${errors}`).toHaveLength(1)
      steps.push(...written, ...set)
      if (exitCode === 0) break
      expect(errors).toContain('Stopped. Paste it again')
    }
    expect(steps).toEqual([
      ...['POST applications', 'POST servicePrincipals', 'POST federatedIdentityCredentials'],
      ...[
        'PUT roleAssignments',
        'PUT roleAssignments',
        'PUT roleAssignments',
        'PUT roleDefinitions',
        'PUT roleAssignments',
      ],
      ...['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_SUBSCRIPTION_ID'],
    ])
    expect(rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID'))).toEqual(rolesToProve)
  })

  it('tells an Owner of both resources what they lack, and how to do without', async ({ begin }) => {
    const machine = await begin(asOwnerOfBoth)
    const { world, deployer, cluster, registry, attach, subscription } = machine
    world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
    for (const each of [...world.roleAssignments]) world.assignments.remove(each)
    for (const { id } of [cluster, registry])
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: id })
    const first = await paste(machine)
    expect(first).toMatchObject({ exitCode: 1, written: [] })
    expect(first.errors.match(/^- .*$/gm)).toEqual([
      `- You lack Microsoft.Authorization/roleDefinitions/write at ${subscription.id}. It is for the role AKS Probe. Ask someone who has it to paste this, or set CUSTOM_ROLES=no, or VERIFY=no.`,
    ])

    const refused = await paste(machine, { CUSTOM_ROLES: 'no' })
    expect(refused).toMatchObject({ exitCode: 1, written: ['POST applications'] })
    expect(refused.errors).toContain('Ask for the Entra role Application Developer, set CLIENT_ID')
    expect(world.directory.clients.map(({ displayName }) => displayName)).not.toContain('gh-attach-acr')

    world.grantGraphPermission(deployer, 'Application.ReadWrite.All')
    // The token that az keeps does not have the permission yet.
    await machine.run('bash', ['-c', 'rm "$HOME"/.azure/msal_token_cache*'])
    const built = await paste(machine, { CUSTOM_ROLES: 'no' })
    expect(built, built.errors).toMatchObject({ exitCode: 0, errors: '' })
    const inputs = { 'client-id': (await variablesOf(machine)).AZURE_CLIENT_ID ?? '' }
    expect((await attach({ ...inputs, verify: 'pull' })).outputs.verified).toBe('pull')
    expect(rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID'))).toContain(
      'Azure Kubernetes Service Cluster User Role at aks-prod-1',
    )
  })

  it('asks GitHub for the subject of a repository with immutable subjects', async ({ begin }) => {
    const machine = await begin({ ...beginning, runner: { immutableSubject: true } })
    const end = await paste(machine, { VERIFY: 'no' })
    expect(end, end.errors).toMatchObject({ exitCode: 0 })
    expect(machine.simulator.subject).toMatch(/^repo:contoso@\d+\/shop@\d+:ref:refs\/heads\/main$/)
    expect(end.lines).toContain(`created  federated credential ${machine.simulator.subject}`)
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    expectAttached(await machine.attach({ 'client-id': AZURE_CLIENT_ID }), { changed: true })
  })

  it('takes no application that others sign in to, and overwrites no variable', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world } = machine
    const other = world.addApplication('gh-attach-acr', {
      federatedCredentials: [{ subject: 'repo:contoso/other:ref:refs/heads/main' }],
    })
    await pasteInto(machine, `gh variable set AZURE_TENANT_ID --repo contoso/shop --body another-tenant`)
    const { exitCode, errors, written } = await paste(machine)
    expect({ exitCode, written }).toEqual({ exitCode: 1, written: [] })
    expect(errors).toContain(
      `- gh-attach-acr exists, and repo:contoso/other:ref:refs/heads/main can sign in as it. Change NAME, or set CLIENT_ID=${other.clientId}`,
    )
    expect(errors).toContain('- contoso/shop has the variable AZURE_TENANT_ID already, as another-tenant.')
    await pasteInto(machine, 'gh variable delete AZURE_TENANT_ID --repo contoso/shop')
    const taken = await paste(machine, { CLIENT_ID: other.clientId })
    expect(taken, taken.errors).toMatchObject({ exitCode: 0 })
    expect(rolesOf(machine, other.objectId)).toEqual(rolesToProve)
  })

  it('makes managed identities, and one that deploys to one namespace', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, world, cluster } = machine
    const settings = { IDENTITY_GROUP: 'rg-shop', DEPLOY: 'yes', NAMESPACE: 'shop', VERIFY: 'no' }
    const end = await paste(machine, settings)
    expect(end, end.errors).toMatchObject({ exitCode: 0, errors: '' })
    const { AZURE_CLIENT_ID = '', AZURE_DEPLOY_CLIENT_ID = '' } = await variablesOf(machine)
    expectAttached(await attach({ 'client-id': AZURE_CLIENT_ID }), { changed: true })
    const deploying = world.directory.findClient(AZURE_DEPLOY_CLIENT_ID)
    expect(deploying?.displayName).toBe('gh-attach-acr-deploy')
    expect(rolesOf(machine, deploying?.objectId)).toEqual(rolesIn(contoso, 'deploy'))
    expect(world.roleAssignments.map(({ scope }) => scope)).toContain(`${cluster.id}/namespaces/shop`)
    expect(await paste(machine, settings)).toMatchObject({ exitCode: 0, written: [] })
  })

  it('knows how each cluster authorizes, and widens its role to the subscription of another', async ({ begin }) => {
    const machine = await begin(beginning)
    const { az, group, world, subscription } = machine
    for (const azureRbac of [true, false])
      group.addCluster(azureRbac ? 'aks-azure' : 'aks-kube', { aad: true, azureRbac })
    const end = await paste(machine, { CLUSTERS: 'aks-azure aks-kube', DEPLOY: 'yes', NAMESPACE: 'shop' })
    expect(end, end.errors).toMatchObject({ exitCode: 0 })
    const [prober, deployer] = [
      await objectIdOf(machine, 'AZURE_CLIENT_ID'),
      await objectIdOf(machine, 'AZURE_DEPLOY_CLIENT_ID'),
    ]
    expect(end.lines.slice(-2)).toEqual([
      `aks-kube: for verify: pull, bind the ClusterRole of docs/permissions.md to the user ${prober ?? ''}.`,
      `aks-kube: kubectl create rolebinding gh-attach-acr-deploy --namespace shop --clusterrole edit --user ${deployer ?? ''}`,
    ])

    const other = world.addSubscription({ displayName: 'Contoso US' })
    const far = other.addResourceGroup('rg-us').addCluster('aks-us-1')
    const owner = world.directory.clients.find(({ displayName }) => displayName === 'owner')
    world.assignRole({ principalId: owner?.objectId ?? '', role: 'Owner', scope: other.id })
    await az('account list --refresh')
    const more = await paste(machine, { CLUSTERS: far.id, REGISTRIES: '' })
    expect(more, more.errors).toMatchObject({ exitCode: 0, errors: '' })
    expect(more.lines).toContain('updated  role AKS Probe')
    expect(world.roles.filter(({ roleName }) => roleName === 'AKS Probe')).toMatchObject([
      { assignableScopes: [subscription.id, other.id] },
    ])
    expect(rolesOf(machine, prober)).toEqual(expect.arrayContaining(['AKS Probe at aks-us-1', 'Reader at aks-us-1']))

    await pasteInto(machine, 'gh variable delete AZURE_CLIENT_ID --repo contoso/shop')
    const builtIn = { CUSTOM_ROLES: 'no', NAME: 'gh-built-in', CLUSTERS: 'aks-azure aks-kube' }
    expect(await paste(machine, builtIn)).toMatchObject({ exitCode: 0 })
    const proving = rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID')).filter(role =>
      role.startsWith('Azure'),
    )
    expect(proving).toEqual([
      'Azure Kubernetes Service Cluster User Role at aks-azure',
      'Azure Kubernetes Service Cluster User Role at aks-kube',
      'Azure Kubernetes Service RBAC Cluster Admin at aks-azure',
    ])
  })

  it('makes an identity that deploys to one namespace, and to no other', async ({ begin }) => {
    const machine = await begin({ ...beginning, clients: ['az', 'bash', 'kubectl'] })
    const { group, run, variables, subscription, simulator } = machine
    const { kubernetes } = group.addCluster('aks-azure', { aad: true, azureRbac: true })
    kubernetes.addNamespace('shop')
    const settings = { CLUSTERS: 'aks-azure', VERIFY: 'no', DEPLOY: 'yes', NAMESPACE: 'shop' }
    expect(await paste(machine, settings)).toMatchObject({ exitCode: 0 })
    const { AZURE_DEPLOY_CLIENT_ID = '' } = await variablesOf(machine)
    const signIn = `export AZURE_CONFIG_DIR="$HOME/deployer"
      az login --service-principal --username ${AZURE_DEPLOY_CLIENT_ID} --tenant ${variables.AZURE_TENANT_ID} \\
        --federated-token ${await connect(simulator).idToken()} --output none
      az aks get-credentials --name aks-azure --resource-group ${group.name} --subscription ${subscription.subscriptionId}
      TOKEN=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)`
    const deploy = (namespace: string): string =>
      `kubectl run web --image contosoacr.azurecr.io/web:v1 --namespace ${namespace} --token "$TOKEN"`
    const end = await run('bash', ['-c', `set -e\n${signIn}\n${deploy('shop')}\n${deploy('default')}`])
    expect(end.stdout).toContain('pod/web created')
    expect(end.stderr).toContain('cannot create resource "pods" in API group "" in the namespace "default"')
  })

  it('has a part with the roles that serves alone, for an identity that exists', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, cluster, registry, subscription } = machine
    const { objectId } = world.addApplication('another')
    const whole = setUpScript(machine)
    const [roleFunctions = ''] = /^# Roles of [^]*?(?=^# Identities)/m.exec(whole) ?? []
    const [setting = ''] = /^set -euo[^]*?(?=^trap)/m.exec(whole) ?? []
    const [say = ''] = /^say\(\).*$/m.exec(whole) ?? []
    const values = `OBJECT_ID=${objectId} SUBSCRIPTION=${subscription.subscriptionId} VERIFY=yes ROLE_NAME="AKS Probe"
      CLUSTER_IDS="${cluster.id}|local" REGISTRY_IDS=${registry.id}`
    const calls = 'find_role $CLUSTER_IDS; let_attach; let_probe'
    for (const verb of ['created', 'exists ']) {
      const end = await pasteInto(machine, `(\n${setting}${say}\n${values}\n${roleFunctions}\n${calls}\n)`)
      expect(end, end.stderr).toMatchObject({ exitCode: 0, stderr: '' })
      expect(
        end.stdout
          .trim()
          .split('\n')
          .map(line => line.slice(0, 7)),
      ).toEqual(new Array(5).fill(verb))
    }
    expect(rolesOf(machine, objectId)).toEqual(rolesToProve)
  })
})
