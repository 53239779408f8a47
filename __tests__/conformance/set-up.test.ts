import { describe, expect } from 'vitest'
import { connect } from 'azure-simulator/client'
import { it, type Machine } from '../support/conformance.js'
import { pasteInto, runSetUp, variablesOf } from '../support/pasting.js'
import { expectAttached } from '../support/scenario.js'
import { roles, setUps } from '../../scripts/set-ups/set-ups.js'

const beginning = { clients: ['az', 'bash'], azAs: 'owner', role: 'none' } as const
const usual = '--clusters aks-prod-1 --registries contosoacr'

/** Runs the script for contoso/shop. @returns the lines that it printed, its errors, and what it wrote to Azure and Entra */
async function setUp(
  machine: Machine,
  options: string,
  how: Parameters<typeof runSetUp>[2] = {},
): Promise<{ exitCode: number | null; lines: string[]; errors: string; written: string[] }> {
  const { requests } = machine.simulator
  const since = requests.length
  const { exitCode, stdout, stderr } = await runSetUp(machine, `--repo contoso/shop ${options}`, how)
  const written = requests
    .slice(since)
    .filter(({ method, path }) => method !== 'GET' && !path.includes('/oauth2/'))
    .map(({ method, path }) => `${method} ${path.split(/[/?]/).findLast(segment => /^[a-z]+$/i.test(segment)) ?? ''}`)
  return { exitCode, lines: stdout.trim().split('\n'), errors: stderr, written }
}

/** The lines of a plan that begin with this sign. */
const planned = (lines: string[], sign: string): string[] =>
  lines.filter(line => line.startsWith(`  ${sign} `)).map(line => line.slice(4))

/** What the script can leave in a world. */
const stateOf = async (machine: Machine) => ({
  variables: await variablesOf(machine),
  clients: machine.world.directory.clients.map(({ displayName }) => displayName),
  assignments: machine.world.roleAssignments.map(({ id }) => id),
  roles: machine.world.roles.filter(({ type }) => type === 'CustomRole').map(({ roleName }) => roleName),
  identities: machine.world.resources.filter(({ type }) => type.endsWith('userAssignedIdentities')).map(({ id }) => id),
})

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
    .filter(grant => grant.in !== 'abac')
    .map(({ role, at }) => `${roles[role]?.name ?? role} at ${names[at] ?? at}`)
    .sort()
const contoso = { cluster: 'aks-prod-1', registry: 'contosoacr', namespace: 'default' }
const rolesToProve = rolesIn(contoso, 'attach', 'verify')

/** Lets the pause image be imported. */
function offerPause({ world }: Machine): void {
  world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
}

const administrator = 'Role Based Access Control Administrator'
const onlyPull = 'only AcrPull and Container Registry Repository Reader'

/** What a first run writes. */
const everything = [
  'POST applications',
  'POST servicePrincipals',
  'POST federatedIdentityCredentials',
  'PUT roleAssignments',
  'PUT roleAssignments',
  'PUT roleAssignments',
  'PUT roleDefinitions',
  'PUT roleAssignments',
  'PUT roleDefinitions',
  'PUT roleAssignments',
  'POST importImage',
]

describe('docs/set-up.sh', () => {
  it('writes nothing at a typo or without a yes, sets up, adds, and takes everything back', async ({ begin }) => {
    const machine = await begin(beginning)
    const { group, attach, world, registry } = machine
    offerPause(machine)
    const before = await stateOf(machine)
    const wrong = await setUp(machine, '--clusters aks-prd-1 --registries contosoarc --branch mian')
    expect(wrong).toMatchObject({ exitCode: 1, written: [] })
    expect(wrong.errors.trim().split('\n')).toEqual([
      'Nothing was written:',
      '- You can see no cluster called aks-prd-1, only: aks-prod-1',
      '- You can see no registry called contosoarc, only: contosoacr',
      '- contoso/shop has no branch mian.',
    ])
    const shown = await setUp(machine, usual)
    expect(shown, shown.errors).toMatchObject({ exitCode: 0, errors: '', written: [] })
    expect(shown.lines.at(-1)).toBe('Nothing was written, because there is no terminal to ask. To go on, add --yes.')
    expect(planned(shown.lines, '+')).toHaveLength(14)

    const right = await setUp(machine, usual, { answer: 'y\ncontoso-labs' })
    expect(right.lines.at(-1)).toContain('uses%3A%20contoso-labs/attach-acr%40')
    expect(right, right.lines.join('\n')).toMatchObject({ exitCode: 0, written: everything })
    expect(planned(right.lines, '+')).toEqual(planned(shown.lines, '+'))
    const set = await variablesOf(machine)
    expect(set).toEqual({ ...machine.variables, AZURE_CLIENT_ID: set.AZURE_CLIENT_ID })
    const objectId = await objectIdOf(machine, 'AZURE_CLIENT_ID')
    expect(rolesOf(machine, objectId)).toEqual(rolesToProve)
    const inputs = { 'client-id': set.AZURE_CLIENT_ID ?? '' }
    // The condition only allows it to assign pull roles, and to delete none.
    expect((await attach({ ...inputs, role: 'AcrPush' })).outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    const proven = await attach({ ...inputs, verify: 'pull' })
    expectAttached(proven, { changed: true })
    expect(proven.outputs.verified).toBe('pull')
    expect((await attach({ ...inputs, mode: 'detach' })).outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    const again = await setUp(machine, usual)
    expect(again, again.errors).toMatchObject({ exitCode: 0, written: [] })
    expect([...planned(again.lines, '+'), ...planned(again.lines, '~')]).toEqual([])

    const second = group.addCluster('aks-prod-2')
    group.addRegistry('contosobase')
    const more = await setUp(
      machine,
      `--clusters aks-prod-1,https://portal.azure.com/#@contoso/resource${second.id.toUpperCase()}/overview --registries=contosobase.azurecr.io --images --detach --yes`,
    )
    expect(more, more.errors).toMatchObject({ exitCode: 0, written: new Array(5).fill('PUT roleAssignments') })
    expect(planned(more.lines, '+')).toEqual([
      'Reader at aks-prod-2',
      `${administrator} at contosobase (${onlyPull}, only to aks-prod-1, aks-prod-2; can delete them, too)`,
      'Container Registry Data Importer and Data Reader at contosobase',
      'AKS Probe at aks-prod-2',
      'AKS Probe Pods at aks-prod-2, in the namespace default',
    ])
    expect(await setUp(machine, `${usual} --detach --yes`)).toMatchObject({ written: ['PUT roleAssignments'] })
    expect((await attach({ ...inputs, mode: 'detach' })).exitCode).toBe(0)
    // Somebody else's assignment of a role of the same name.
    const foreign = world.assignRole({ principalId: machine.deployer.objectId, role: 'Reader', scope: registry.id })

    const listed = await setUp(machine, '--remove', { answer: 'n' })
    expect(listed).toMatchObject({ exitCode: 0, written: [] })
    const removed = await setUp(machine, `${usual} --remove`, { answer: 'y' })
    expect(removed, removed.lines.join('\n')).toMatchObject({ exitCode: 0 })
    expect(planned(removed.lines, '-')).toEqual(planned(listed.lines, '-'))
    expect(planned(removed.lines, '-')).toHaveLength(17)
    world.assignments.remove(foreign)
    expect(await stateOf(machine)).toEqual({
      ...before,
      clients: [...before.clients, 'aks-prod-2-agentpool', 'aks-prod-2'],
      identities: expect.any(Array),
    })
  })

  it('follows a cluster that was created anew, keeps what others need, and narrows only if told', async ({ begin }) => {
    const machine = await begin(beginning)
    const { group, registry, world, cluster } = machine
    offerPause(machine)
    group.addCluster('aks-prod-2')
    const limit = (): string => world.roleAssignments.find(({ condition }) => condition !== null)?.condition ?? ''
    const known = (): string[] =>
      limit()
        .split(/PrincipalId\] ForAnyOfAnyValues:GuidEquals \{([^}]*)\}/)[1]
        ?.split(', ') ?? []
    expect(await setUp(machine, '--clusters aks-prod-1 aks-prod-2 --registries contosoacr --yes')).toMatchObject({
      exitCode: 0,
    })
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const inputs = { 'client-id': AZURE_CLIENT_ID }
    const old = cluster.kubeletIdentity.objectId
    expectAttached(await machine.attach(inputs), { changed: true })

    const { objectId, clientId } = group.addUserAssignedIdentity('made-anew')
    const { identityProfile } = cluster.body.properties as { identityProfile: { kubeletidentity: object } }
    Object.assign(identityProfile.kubeletidentity, { objectId, clientId })
    expect((await machine.attach(inputs)).outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    const again = await setUp(machine, usual, { answer: 'y' })
    expect(planned(again.lines, '~')).toEqual([
      expect.stringContaining(
        `${administrator} at contosoacr (${onlyPull}, only to aks-prod-1, aks-prod-2 and 1 other); so far: `,
      ),
    ])
    expect(known().toSorted()).toEqual(
      [...known(), old, objectId].toSorted().filter((id, at, all) => all.indexOf(id) === at),
    )
    expect(known()).toHaveLength(3)
    expectAttached(await machine.attach(inputs), { changed: true })

    const narrow = await setUp(machine, `${usual} --narrow --yes`)
    expect(narrow, narrow.errors).toMatchObject({ exitCode: 0, written: ['PUT roleAssignments'] })
    expect(known()).toEqual([objectId])
    // Somebody has replaced it by one without a condition.
    const own = world.roleAssignments.find(({ condition }) => condition !== null)
    if (own) world.assignments.remove(own)
    world.assignRole({ principalId: own?.principalId ?? '', role: administrator, scope: registry.id })
    const foreign = await setUp(machine, `${usual} --detach --yes`)
    expect(foreign, foreign.errors).toMatchObject({ exitCode: 0, written: [] })
    expect(planned(foreign.lines, '!').join()).toContain(
      'contosoacr: this script did not write what that role can assign',
    )
  })

  it('continues where it stopped, also when it takes back', async ({ begin }) => {
    const machine = await begin(beginning)
    offerPause(machine)
    const before = await stateOf(machine)
    const inSteps = async (options: string): Promise<string[]> => {
      const steps: string[] = []
      for (let run = 0; run < 10; run += 1) {
        const { exitCode, lines, written, errors } = await setUp(machine, `${options} --yes`, { after: 2 })
        steps.push(...written)
        if (exitCode === 0) return steps
        expect(errors, lines.join('\n')).toContain('Stopped. Run it again: it continues from here.')
      }
      throw new Error('it never came to its end')
    }
    expect(await inSteps(usual)).toEqual(everything)
    expect(rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID'))).toEqual(rolesToProve)
    expect(Object.keys(await variablesOf(machine))).toHaveLength(3)
    await inSteps('--remove')
    expect(await stateOf(machine)).toEqual(before)
  })

  it("refuses a stranger's repository, and what others use; leaves an application of yours", async ({ begin }) => {
    const machine = await begin(beginning)
    const { world } = machine
    const stranger = await runSetUp(machine, `--repo https://github.com/torvalds/linux.git ${usual} --yes`)
    expect(stranger.stderr).toContain("- You can't write to torvalds/linux, so its workflows are not yours to let in.")
    const other = world.addApplication('gh-attach-acr', {
      federatedCredentials: [{ subject: 'repo:contoso/other:ref:refs/heads/main' }],
    })
    await pasteInto(machine, `gh variable set AZURE_TENANT_ID --repo contoso/shop --body another-tenant`)
    const { exitCode, errors, written } = await setUp(machine, `${usual} --yes`)
    expect({ exitCode, written }).toEqual({ exitCode: 1, written: [] })
    expect(errors).toContain(
      `- gh-attach-acr exists, and repo:contoso/other:ref:refs/heads/main can sign in as it. Choose another name with --name, or use it all the same: --client-id ${other.clientId}`,
    )
    expect(errors).toContain('- contoso/shop has the variable AZURE_TENANT_ID already, as another-tenant.')
    await pasteInto(machine, 'gh variable delete AZURE_TENANT_ID --repo contoso/shop')

    const taken = await setUp(machine, `${usual} --client-id ${other.clientId} --yes`)
    expect(taken).toMatchObject({ exitCode: 0 })
    expect(taken.lines).toContain('  also allowed: repo:contoso/other:ref:refs/heads/main (gh-attach-acr)')
    expect(rolesOf(machine, other.objectId)).toEqual(rolesToProve)
    const back = await setUp(machine, `--client-id ${other.clientId} --remove --yes`)
    expect(back, back.errors).toMatchObject({ exitCode: 0 })
    expect(planned(back.lines, '=')).toEqual(['application gh-attach-acr stays: it is yours'])
    expect(rolesOf(machine, other.objectId)).toEqual([])
    expect(other.federatedCredentials.map(({ subject }) => subject)).toEqual(['repo:contoso/other:ref:refs/heads/main'])
  })

  it('tells an Owner of both resources what they lack or can activate, and does without custom roles', async ({
    begin,
  }) => {
    const machine = await begin({ clients: ['az', 'bash'], role: 'none' })
    const { world, deployer, cluster, registry, attach, subscription } = machine
    offerPause(machine)
    for (const each of [...world.roleAssignments]) world.assignments.remove(each)
    for (const { id } of [cluster, registry])
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: id })
    world.eligibleRoles.push({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const first = await setUp(machine, usual)
    expect(first).toMatchObject({ exitCode: 1, written: [] })
    expect(first.errors.match(/^- .*$/gm)).toEqual([
      `- You lack Microsoft.Authorization/roleDefinitions/write at the subscription ${subscription.displayName}. You can activate Owner at the subscription ${subscription.displayName}: https://portal.azure.com/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/azurerbac It is for custom roles. Ask someone who has it to run this, or use --built-in-roles.`,
    ])
    const refused = await setUp(machine, `${usual} --built-in-roles --yes`)
    expect(refused).toMatchObject({ exitCode: 1, written: ['POST applications'] })
    expect(refused.errors).toContain('Ask for the Entra role Application Developer, or use --client-id')
    world.grantGraphPermission(deployer, 'Application.ReadWrite.All')
    // The token that az keeps does not have the permission yet.
    await machine.run('bash', ['-c', 'rm "$HOME"/.azure/msal_token_cache*'])
    const built = await setUp(machine, `${usual} --built-in-roles --yes`)
    expect(built, built.errors).toMatchObject({ exitCode: 0 })
    const inputs = { 'client-id': (await variablesOf(machine)).AZURE_CLIENT_ID ?? '' }
    expect((await attach({ ...inputs, verify: 'pull' })).outputs.verified).toBe('pull')
    expect(rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID'))).toContain(
      'Azure Kubernetes Service Cluster User Role at aks-prod-1',
    )
  })

  it('lets one workflow file in, in a repository with immutable subjects', async ({ begin }) => {
    const machine = await begin({ ...beginning, runner: { immutableSubject: true } })
    const elsewhere = await setUp(machine, `${usual} --no-verify --workflow elsewhere.yml --yes`)
    expect(elsewhere, elsewhere.errors).toMatchObject({ exitCode: 0 })
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const inputs = { 'client-id': AZURE_CLIENT_ID }
    expect((await machine.attach(inputs)).outputs['error-code']).toBe('FEDERATED_CREDENTIAL_MISMATCH')
    expect(rolesOf(machine, await objectIdOf(machine, 'AZURE_CLIENT_ID'))).toEqual(rolesIn(contoso, 'attach'))
    const [, claims = ''] = (await connect(machine.simulator).idToken()).split('.')
    const { job_workflow_ref: own = '' } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      job_workflow_ref?: string
    }
    const file = own.split('@')[0]?.split('/').at(-1) ?? ''
    const here = await setUp(machine, `${usual} --no-verify --workflow .github/workflows/${file} --yes`)
    expect(here.lines).toContainEqual(
      expect.stringMatching(/^ {2}also allowed: the pattern of attach-acr-[\d-]+ \(gh-attach-acr\)$/),
    )
    expect(planned(here.lines, '+')).toEqual([
      `federated credential: ${machine.simulator.subject}, only from .github/workflows/${file} (a preview)`,
    ])
    expectAttached(await machine.attach(inputs), { changed: true })
  })

  it('makes managed identities, and one that deploys to one namespace', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, cluster } = machine
    const before = await stateOf(machine)
    const options = `${usual} --identity-group rg-shop --deploy shop --no-verify`
    const end = await setUp(machine, `${options} --environment staging --yes`)
    expect(end, end.errors).toMatchObject({ exitCode: 0, errors: '' })
    expect(planned(end.lines, '!')).toEqual([
      'There is no environment staging: the first job that names it creates it, without protection.',
    ])
    expect(await setUp(machine, `${options} --yes --workflow attach.yml`)).toMatchObject({ exitCode: 2, written: [] })
    const { AZURE_CLIENT_ID = '', AZURE_DEPLOY_CLIENT_ID = '' } = await variablesOf(machine)
    const credentials = world.directory.findClient(AZURE_CLIENT_ID)?.federatedCredentials ?? []
    expect(credentials.map(({ subject }) => subject)).toEqual(['repo:contoso/shop:environment:staging'])
    const deploying = world.directory.findClient(AZURE_DEPLOY_CLIENT_ID)
    expect(deploying?.displayName).toBe('gh-attach-acr-deploy')
    expect(rolesOf(machine, deploying?.objectId)).toEqual(rolesIn({ ...contoso, namespace: 'shop' }, 'deploy'))
    expect(world.roleAssignments.map(({ scope }) => scope)).toContain(`${cluster.id}/namespaces/shop`)
    expect(await setUp(machine, '--identity-group rg-shop --remove --yes')).toMatchObject({ exitCode: 0 })
    expect(await stateOf(machine)).toEqual(before)
  })

  it.for([
    ['application', '', /^az ad app federated-credential create /],
    ['managed identity', '--identity-group rg-shop', /^az identity federated-credential create /],
  ] as const)(
    'takes back the credential of the %s that was pasted from the log of another branch',
    async ([kind, group, pasted], { begin }) => {
      const machine = await begin(beginning)
      const before = await stateOf(machine)
      const options = `${usual} ${group} --no-verify --environment staging --yes`
      expect(await setUp(machine, options)).toMatchObject({ exitCode: 0 })
      const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
      const inputs = { 'client-id': AZURE_CLIENT_ID }
      const { report } = await machine.attach(inputs)
      expect(report.error?.code).toBe('FEDERATED_CREDENTIAL_MISMATCH')
      const { commands = [] } = report.error?.fix ?? {}
      const [command = ''] = commands.filter(each => pasted.test(each))
      const { exitCode, stderr } = await machine.run('bash', ['-euo', 'pipefail', '-c', command])
      expect(exitCode, stderr).toBe(0)
      expectAttached(await machine.attach(inputs), { changed: true })
      // The set-up of the log would have made the same one.
      const [again = ''] = commands.flatMap(
        each => /^bash docs\/set-up\.sh --repo contoso\/shop (.+)/s.exec(each)?.[1] ?? [],
      )
      expect(again).toContain('--branch main ')
      const end = await setUp(machine, again)
      if (kind === 'application') expect(end, end.errors).toMatchObject({ exitCode: 0, written: [] })
      else expect(end.errors).toContain(`There is no application ${AZURE_CLIENT_ID}.`)
      for (const each of machine.world.roleAssignments.filter(({ id }) => !before.assignments.includes(id)))
        if (each.principalId === machine.cluster.kubeletIdentity.objectId) machine.world.assignments.remove(each)
      expect(await setUp(machine, `${group} --remove --yes`)).toMatchObject({ exitCode: 0 })
      expect(await stateOf(machine)).toEqual(before)
    },
  )

  it('knows how each cluster authorizes, and shares its role with another subscription and another repository', async ({
    begin,
  }) => {
    const machine = await begin(beginning)
    const { az, group, world, subscription } = machine
    const { roles: before } = await stateOf(machine)
    for (const azureRbac of [true, false])
      group.addCluster(azureRbac ? 'aks-azure' : 'aks-kube', { aad: true, azureRbac })
    const end = await setUp(machine, '--clusters aks-azure aks-kube --registries contosoacr --deploy shop --yes')
    expect(end).toMatchObject({ exitCode: 0 })
    const [prober, deployer] = [
      await objectIdOf(machine, 'AZURE_CLIENT_ID'),
      await objectIdOf(machine, 'AZURE_DEPLOY_CLIENT_ID'),
    ]
    expect(end.lines).toContain(
      'In aks-kube, Azure roles do not count. As its administrator, with kubectl set to this cluster, run:',
    )
    expect(end.lines).toContain(
      `aks-kube: kubectl create rolebinding gh-attach-acr-deploy --namespace shop --clusterrole edit --user ${deployer ?? ''}`,
    )

    const other = world.addSubscription({ displayName: 'Contoso US' })
    const far = other.addResourceGroup('rg-us').addCluster('aks-us-1')
    const owner = world.directory.clients.find(({ displayName }) => displayName === 'owner')
    world.assignRole({ principalId: owner?.objectId ?? '', role: 'Owner', scope: other.id })
    await az('account list --refresh')
    const more = await setUp(machine, `--clusters ${far.id} --yes`)
    expect(more, more.errors).toMatchObject({ exitCode: 0, errors: '' })
    expect(more.lines).toContain('created  role AKS Probe in Contoso US')
    expect(world.roles.filter(({ roleName }) => roleName === 'AKS Probe')).toMatchObject([
      { assignableScopes: [subscription.id, other.id] },
    ])
    expect(rolesOf(machine, prober)).toEqual(expect.arrayContaining(['AKS Probe at aks-us-1', 'Reader at aks-us-1']))

    // Another team is assigned the role, and the identity has another role.
    const others = [
      world.assignRole({ principalId: owner?.objectId ?? '', role: 'AKS Probe', scope: far.id }),
      world.assignRole({ principalId: prober ?? '', role: 'AcrPush', scope: machine.registry.id }),
    ]
    const back = await setUp(machine, '--remove --yes')
    expect(back, back.errors).toMatchObject({ exitCode: 0 })
    expect(planned(back.lines, '=')).toEqual([
      'application gh-attach-acr stays: it has other roles',
      'role AKS Probe stays: others are assigned it',
    ])
    expect(planned(more.lines, '+')).toContain('AKS Probe at aks-us-1 in Contoso US')
    expect(rolesOf(machine, prober)).toEqual(['AcrPush at contosoacr'])
    for (const each of others) world.assignments.remove(each)
    const rest = await setUp(machine, '--remove --yes')
    expect(rest, rest.errors).toMatchObject({ exitCode: 0 })
    expect(await stateOf(machine)).toMatchObject({
      clients: expect.not.arrayContaining(['gh-attach-acr']),
      roles: before,
    })
  })
})
