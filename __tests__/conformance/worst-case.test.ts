// The table "What a workflow that was taken over can do" in docs/permissions.md, cell by cell: what it denies is refused, and what it admits works.
import { describe, expect } from 'vitest'
import { abilitiesOf, cases, type Case, type Abilities } from '../../scripts/set-ups/worst-case.js'
import { it, type Machine } from '../support/conformance.js'
import { runSetUp, variablesOf } from '../support/pasting.js'
import { connect } from 'azure-simulator/client'

/** The role of grants; the named cluster has AcrPull already, which can be deleted. */
const grant = 'az role assignment create --role "Container Registry Repository Reader" --scope $REGISTRY'
const toService = '--assignee-principal-type ServicePrincipal --assignee-object-id'
const pushToken = `REFRESH=$(az acr login --name contosoacr --expose-token --query accessToken --output tsv) &&
  curl --silent --fail https://contosoacr.azurecr.io/oauth2/token --data "grant_type=refresh_token&service=contosoacr.azurecr.io&scope=repository:team/app:pull,push&refresh_token=$REFRESH" |
  jq -r .access_token | cut -d . -f 2 | tr '_-' '/+' | base64 --decode --ignore-garbage 2>/dev/null | grep '"push"'`
const invoke =
  'az aks command invoke --resource-group rg-shop --name $CLUSTER --query "to_string(exitCode)" --output tsv --command'

/** What somebody tries who has taken over a workflow, as commands that succeed if Azure lets it; and whether the table admits it. */
const attempts: Record<string, [command: string, isAdmitted: (can: Abilities) => boolean]> = {
  'grant to the named cluster': [
    `${grant} ${toService} $NAMED`,
    can => ['clusters', 'any'].some(each => can.grantsTo.includes(each)),
  ],
  'grant to an identity': [
    `${grant} ${toService} $NEXT`,
    can => ['identities', 'any'].some(each => can.grantsTo.includes(each)),
  ],
  'grant to a stranger': [`${grant} ${toService} $STRANGER`, can => can.grantsTo.includes('any')],
  'grant to the group': [
    `${grant} --assignee-principal-type Group --assignee-object-id $PULLERS`,
    can => can.grantsTo.includes('group'),
  ],
  'grant another role': [`az role assignment create --role AcrPush --scope $REGISTRY ${toService} $NAMED`, () => false],
  'delete of the named cluster': ['az role assignment delete --ids $OWN', can => can.deletes],
  'delete of another cluster': ['az role assignment delete --ids $FOREIGN', () => false],
  read: ['az acr repository show --name contosoacr --image team/app:v1', can => can.reads],
  overwrite: [
    'az acr import --name contosoacr --source mcr.microsoft.com/team/app:v2 --image team/app:v1 --force',
    can => can.overwrites,
  ],
  push: [pushToken, () => false],
  'delete an image': ['az acr repository delete --name contosoacr --image team/app:v1 --yes', () => false],
  'add a member': ['az ad group member add --group $PULLERS --member-id $STRANGER', can => can.ownsGroup],
  'pod in the namespace': ['$POD --namespace $NAMESPACE', can => can.getsKubeconfigs && can.pods !== 'nowhere'],
  'pod in another namespace': ['$POD --namespace $ANOTHER', can => can.getsKubeconfigs && can.pods === 'everywhere'],
  'pod in kube-system': ['$POD --namespace kube-system', can => can.getsKubeconfigs && can.pods === 'everywhere'],
  'command in the cluster': [`${invoke} "kubectl get nodes" | grep -x 0`, can => can.runsCommands],
  'command in kube-system': [
    `${invoke} "kubectl run told --image contosoacr.azurecr.io/team/app:v1 --namespace kube-system" | grep -x 0`,
    can => can.runsCommands && can.pods === 'everywhere',
  ],
  'read secrets': ['$KUBECTL get secrets --namespace $NAMESPACE', can => can.getsKubeconfigs && can.readsSecrets],
}

const allAttempts = Object.keys(attempts)

/** The names of what the table admits. */
function admittedBy(can: Abilities): string[] {
  return Object.entries(attempts).flatMap(([name, [, isAdmitted]]) => (isAdmitted(can) ? name : []))
}

/** Signs in with az as the identity in a variable, and tries everything. @returns the names of what Azure has let it do */
async function takeOver(machine: Machine, variable: string, values: Record<string, string>): Promise<string[]> {
  const clientId = (await variablesOf(machine))[variable] ?? ''
  const script = [
    'set -u; export AZURE_CONFIG_DIR="$HOME/taken"; rm -rf "$AZURE_CONFIG_DIR"',
    `az login --service-principal --username ${clientId} --tenant ${machine.variables.AZURE_TENANT_ID} --federated-token ${await connect(machine.simulator).idToken()} --output none || exit`,
    ...Object.entries(values).map(([name, value]) => `${name}=${value}`),
    'export KUBECONFIG="$HOME/taken-config"; rm -f "$KUBECONFIG"',
    'az aks get-credentials --name $CLUSTER --resource-group rg-shop --file "$KUBECONFIG" >"$HOME/said" 2>&1 || cat "$HOME/said" >&2',
    // A cluster without Entra ID knows no such token.
    'KUBECTL="kubectl --request-timeout=20s"; [ -z "$ENTRA" ] || KUBECTL="$KUBECTL --token $(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)"',
    'POD="$KUBECTL run taken --image contosoacr.azurecr.io/team/app:v1"',
    ...Object.entries(attempts).map(
      ([name, [command]]) => `{ ${command}; } >"$HOME/said" 2>&1 && echo "${name}" || cat "$HOME/said" >&2`,
    ),
  ]
  const { stdout, stderr } = await machine.run('bash', ['-c', script.join('\n')])
  if (/unbound variable|command not found|No such file/.test(stderr)) throw new Error(stderr)
  return stdout.trim().split('\n').filter(Boolean)
}

/** The variable with the identity that is taken over, by what the set-up grants. */
const variableOf = (grants: readonly string[]): string =>
  grants.includes('deploy')
    ? 'AZURE_DEPLOY_CLIENT_ID'
    : grants.includes('check')
      ? 'AZURE_CHECK_CLIENT_ID'
      : 'AZURE_CLIENT_ID'

/** The values that stand for the letters in the table's options. */
const fillIn = (option: string): string =>
  option
    .replace('A,B', 'id-next')
    .replace('--group G', '--group "acr pullers"')
    .replace('--deploy N', '--deploy default')

/** A world with a cluster that is set up, others' resources, and what stands for them in the attempts. */
async function begun(machine: Machine, option: string, isLocal: boolean) {
  const { world, group, registry, cluster, deployer } = machine
  const source = world.addSourceRegistry('mcr.microsoft.com')
  source.push('oss/v2/kubernetes/pause', '3.10.2')
  source.push('team/app', 'v2')
  registry.images.push('team/app', 'v1', { content: 'before' })
  const target = group.addCluster('aks-taken', isLocal ? {} : { aad: true, azureRbac: true })
  target.kubernetes.addNamespace('shop')
  const pullers = world.addGroup('acr pullers')
  const next = group.addUserAssignedIdentity('id-next')
  const pulls = (principalId: string) => world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  const foreign = pulls(cluster.kubeletIdentity.objectId)
  const own = pulls(target.kubeletIdentity.objectId)
  const options = `--repo contoso/shop --clusters aks-taken --registries contosoacr ${fillIn(option)} --yes`
  const end = await runSetUp(machine, options)
  expect(end, end.stderr).toMatchObject({ exitCode: 0 })
  const values = {
    CLUSTER: target.name,
    ENTRA: isLocal ? '' : 'yes',
    ...(option.includes('shop')
      ? { NAMESPACE: 'shop', ANOTHER: 'default' }
      : { NAMESPACE: 'default', ANOTHER: 'shop' }),
    REGISTRY: registry.id,
    NAMED: target.kubeletIdentity.objectId,
    NEXT: next.objectId,
    STRANGER: deployer.objectId,
    PULLERS: pullers.objectId,
    OWN: own.id,
    FOREIGN: foreign.id,
  }
  return { values, foreign, pullers }
}

const beginning = { clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none' } as const

describe('a workflow that was taken over', () => {
  const inNamespace = { option: '--probe-namespace shop', grants: ['attach', 'verify'] }
  it.for([...cases, inNamespace].map((each: Case) => [each.option, each.isLocal ?? false, each] as const))(
    'after the set-up with "%s" (without Entra ID: %s) can do what the table says, and nothing else',
    async ([option, isLocal, each], { begin }) => {
      const machine = await begin(beginning)
      const { values, foreign, pullers } = await begun(machine, option, isLocal)
      const did = await takeOver(machine, variableOf(each.grants), values)
      expect(did).toEqual(admittedBy(abilitiesOf(each)))
      const { world } = machine
      expect(world.roleAssignments).toContain(foreign)
      // Nothing of others goes, and all that the script has made.
      expect(await runSetUp(machine, '--repo contoso/shop --remove --yes')).toMatchObject({ exitCode: 0 })
      expect(pullers.owners).toEqual([])
      expect(world.roleAssignments.filter(({ description }) => description?.startsWith('attach-acr'))).toEqual([])
      expect(world.roles.filter(({ type }) => type === 'CustomRole')).toEqual([])
      expect(world.roleAssignments).toContain(foreign)
    },
  )

  it('could do everything that is tried with rights to everything', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, subscription } = machine
    const { values, pullers } = await begun(machine, '', false)
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const { objectId: principalId = '' } = world.directory.findClient(AZURE_CLIENT_ID) ?? {}
    for (const role of ['Owner', 'Azure Kubernetes Service RBAC Cluster Admin'])
      world.assignRole({ principalId, role, scope: subscription.id })
    pullers.owners.push(principalId)
    expect(await takeOver(machine, 'AZURE_CLIENT_ID', values)).toEqual(allAttempts)
  })
})
