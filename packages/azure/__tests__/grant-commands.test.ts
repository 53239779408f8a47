import { describe, expect, it } from 'vitest'
import type { Caller } from '../src/caller.js'
import { clusterRoles, grantCommands, probeRole, type NeededGrant } from '../src/grants.js'
import { setUpCommands } from '../src/set-up-command.js'

const [one, two] = ['1fc6673f-c37b-4448-b557-adeba43adc5a', '2fc6673f-c37b-4448-b557-adeba43adc5b'] as const
const objectId = '99999999-0000-4000-8000-000000000001'
const caller: Caller = { objectId, type: 'ServicePrincipal', name: 'attach' }
const idOf = (subscription: string, type: string, name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-shop/providers/${type}/${name}`
const cluster = (name: string, subscriptionId: string = one): NeededGrant['at'] => {
  const id = idOf(subscriptionId, 'Microsoft.ContainerService/managedClusters', name)
  return { kind: 'cluster', name, id, subscriptionId }
}
const registry: NeededGrant['at'] = {
  kind: 'registry',
  name: 'contosoacr',
  subscriptionId: one,
  id: idOf(one, 'Microsoft.ContainerRegistry/registries', 'contosoacr'),
}
const toCaller = `az role assignment create --assignee-object-id ${objectId} --assignee-principal-type ServicePrincipal \\\n `

const role = 'Reader'

describe('the commands that assign roles to the signed-in identity', () => {
  it('are one for all resources that get the same role in a subscription', () => {
    const elsewhere = cluster('aks-3', two)
    const ids = [cluster('aks-1'), registry].map(({ id }) => id).join(' ')
    const places = [cluster('aks-1'), elsewhere, { ...registry, subscriptionId: one.toUpperCase() }]
    const grants = [...places.map(at => ({ role, at })), { role, at: registry, condition: 'a = b' }]
    expect(grantCommands(caller, grants)).toEqual([
      `for id in ${ids}; do \\\n  ${toCaller} --role Reader --scope "$id" --subscription ${one}; done`,
      `${toCaller} --role Reader --scope ${elsewhere.id} --subscription ${two}`,
      `${toCaller} --role Reader --scope ${registry.id} --subscription ${one} \\\n  --condition-version 2.0 --condition "a = b"`,
    ])
  })

  it('look for a resource whose ID only somebody knows who can read it', () => {
    const assign = (given: string) => `${toCaller} --role ${given} --subscription ${one} --scope`
    const unseen = (at: NeededGrant['at']): NeededGrant['at'] => ({ ...at, id: '' })
    const clusters = ['aks-1', 'aks-2'].map(name => ({ role, at: unseen(cluster(name)) }))
    const inOne = `--subscription ${one}`
    const list = (name: string) => `az aks list ${inOne} --query "[?name=='${name}'].id" --output tsv`
    expect(grantCommands(caller, [...clusters, { role: 'AcrPull', at: unseen(registry) }])).toEqual([
      `${list('aks-1')} | xargs -r -n 1 ${assign('Reader')}`,
      `${list('aks-2')} | xargs -r -n 1 ${assign('Reader')}`,
      `az acr show --name contosoacr ${inOne} --query id --output tsv | xargs -r -n 1 ${assign('AcrPull')}`,
    ])
  })

  it('assign a role in a namespace, and one that only private clusters need', () => {
    const [aks1, unseen] = [cluster('aks-1'), { ...cluster('aks-2'), id: '' }]
    const assign = `${toCaller} --role Reader`
    const list = `az aks list --subscription ${one} --query`
    const grants = [aks1, unseen].map(at => ({ role, at, namespace: 'shop' }))
    expect(grantCommands(caller, [...grants, { role, at: aks1, isIfPrivate: true }])).toEqual([
      `${assign} --scope ${aks1.id}/namespaces/shop --subscription ${one}`,
      `${list} "[?name=='aks-2'].join('', [id, '/namespaces/shop'])" --output tsv | xargs -r -n 1 ${assign} --subscription ${one} --scope`,
      `${list} "[?name=='aks-1' && apiServerAccessProfile.enablePrivateCluster].id" --output tsv | xargs -r -n 1 ${assign} --subscription ${one} --scope`,
    ])
  })

  it('create the role for probing first, once per subscription, if it is not there', () => {
    const aks2 = cluster('aks-2', two)
    const clusters = [cluster('aks-1'), { ...cluster('aks-3'), subscriptionId: one.toUpperCase() }, aks2]
    const probing = clusters.map(at => ({ role: probeRole.name, at }))
    const commands = grantCommands(caller, [{ role, at: registry }, ...probing])
    const { actions: Actions, dataActions: DataActions } = probeRole
    const AssignableScopes = [`/subscriptions/${one}`, `/subscriptions/${two}`]
    const named = { Name: 'AKS Probe', Description: 'Lets attach-acr prove that nodes pull' }
    const definition = { ...named, Actions, DataActions, AssignableScopes }
    expect(commands.slice(0, 2)).toEqual(
      [one, two].map(
        subscription =>
          `az role definition list --name "AKS Probe" --subscription ${subscription} --query "[].name" --output tsv | grep -q . || \\\n` +
          `  az role definition create --subscription ${subscription} --role-definition '${JSON.stringify(definition, null, 2)}'`,
      ),
    )
    const given = commands.slice(2).map(command => /--role (.+?) --scope (\S+)/.exec(command)?.slice(1).join(' at '))
    expect(given).toEqual([`Reader at ${registry.id}`, '"AKS Probe" at "$id"', `"AKS Probe" at ${aks2.id}`])
  })

  it.each(['probe', 'reader'] as const)('bind the ClusterRole %s inside a cluster where Kubernetes decides', binds => {
    const { name, rules } = clusterRoles[binds]
    const [command = '', ...others] = grantCommands(caller, [{ role: name, at: cluster('aks-1'), binds }])
    expect(others).toEqual([])
    const [list, invoke, ...yaml] = command.split('\n')
    expect(list).toBe(
      `az aks list --resource-group rg-shop --subscription ${one} --query "[?name=='aks-1' && aadProfile && contains('false null', to_string(aadProfile.enableAzureRbac))].resourceGroup" --output tsv \\`,
    )
    expect(invoke).toBe(
      `  | xargs -r -n 1 az aks command invoke --name aks-1 --subscription ${one} --command 'echo "---`,
    )
    const kind = '{apiVersion: rbac.authorization.k8s.io/v1, kind:'
    const group = 'apiGroup: rbac.authorization.k8s.io'
    const ruleLines = rules.map(([api, resources, verbs]) => {
      const apiGroup = api === '' ? '\\"\\"' : api
      return `{apiGroups: [${apiGroup}], resources: [${resources}], verbs: [${verbs}]}`
    })
    expect(yaml.join('\n')).toBe(
      [
        '{apiVersion: v1, kind: List, items: [',
        `${kind} ClusterRole, metadata: {name: ${name}}, rules: [`,
        `${ruleLines.join(',\n')}]},`,
        `${kind} ClusterRoleBinding, metadata: {name: ${name}-${objectId}},`,
        `roleRef: {${group}, kind: ClusterRole, name: ${name}},`,
        `subjects: [{${group}, kind: User, name: ${objectId}}]}]}" | kubectl auth reconcile --filename -' --resource-group`,
      ].join('\n'),
    )
  })
})

describe('the commands that run the set-up again', () => {
  const github = { server: 'https://github.com', url: '' }
  const run = (subject: string, more: Partial<Parameters<typeof setUpCommands>[0]> = {}) =>
    setUpCommands({ ...github, subject, clusters: ['aks-1'], registries: [], flags: [], ...more })

  it.each([
    ['repo:contoso/shop:ref:refs/heads/main', '--repo contoso/shop --branch main --clusters aks-1'],
    ['repo:contoso@1/shop@22:ref:refs/heads/a/b', '--repo contoso/shop --branch a/b --clusters aks-1'],
    ['repo:contoso/shop:environment:prod%3A eu', "--repo contoso/shop --environment 'prod: eu' --clusters aks-1"],
  ])('have the place of %s', (subject, options) => {
    expect(run(subject).map(command => command.replaceAll(/ \\\n +/g, ' '))).toEqual([`bash docs/set-up.sh ${options}`])
  })

  it.each(['', 'repo:contoso/shop:pull_request', 'repo:contoso/shop:ref:refs/tags/v1', 'repository_owner:contoso'])(
    'are none for %s',
    subject => {
      expect(run(subject)).toEqual([])
    },
  )

  it('download the script, and name another host and everything that is missing', () => {
    const url = 'https://ghes.example/o/attach-acr/raw/v1/docs/set-up.sh'
    const more = { server: 'https://ghes.example', url, registries: [registry.id, 'base'], flags: ['--no-verify'] }
    const [download, command] = run('repo:contoso/shop:ref:refs/heads/main', more)
    expect(download).toBe(`curl -fsSLO ${url}`)
    expect(command).toMatch(/^bash set-up\.sh --repo https:\/\/ghes\.example\/contoso\/shop --branch main/)
    expect(command).toMatch(/--registries \S+contosoacr,base --no-verify$/)
  })
})
