import { describe, expect } from 'vitest'
import type { KubernetesObject } from '../src/index.js'
import { start } from './support/fixture.js'
import { kubectlIt as it, startKubectl, type Kubectl } from './support/kubectl.js'

async function startCluster() {
  const fixture = await start()
  return { ...fixture, kubectl: await startKubectl(fixture), kubernetes: fixture.cluster.kubernetes }
}

/** Runs a command without quotes: every space separates arguments. */
const run = async (kubectl: Kubectl, command: string): Promise<string> => {
  const { stdout, stderr } = await kubectl(...command.split(' '))
  return stderr + stdout
}

describe('kubectl create', () => {
  it.each([
    ['role reader --verb=get,list --resource=pods,deployments.apps', 'roles', 'reader'],
    ['clusterrole node-reader --verb=get,list --resource=nodes', 'clusterroles', 'node-reader'],
    [
      'rolebinding readers --clusterrole=view --user=ann --group=team --serviceaccount=default:robot',
      'rolebindings',
      'readers',
    ],
    ['clusterrolebinding admins --clusterrole=cluster-admin --user=ann', 'clusterrolebindings', 'admins'],
  ])('supports "%s"', async (command, resource, name) => {
    const { kubectl, kubernetes } = await startCluster()
    expect(await run(kubectl, `create ${command}`)).toMatch(/ created\n$/)
    const namespace = resource.startsWith('cluster') ? undefined : 'default'
    expect(kubernetes.store.find(resource, namespace, name)).toMatchSnapshot({
      metadata: {
        uid: expect.any(String) as string,
        resourceVersion: expect.any(String) as string,
        creationTimestamp: expect.any(String) as string,
      },
    })
  })

  it('stores nothing in a server-side dry run', async () => {
    const { kubectl, kubernetes } = await startCluster()
    const tried = JSON.parse(await run(kubectl, 'create namespace shop --dry-run=server -o json')) as KubernetesObject
    expect(tried.metadata).toMatchObject({ uid: expect.any(String) as string })
    expect(Date.now() - Date.parse(tried.metadata.creationTimestamp ?? '')).toBeLessThan(60_000)
    expect(tried.metadata).not.toHaveProperty('resourceVersion')
    expect(kubernetes.store.find('namespaces', undefined, 'shop')).toBeUndefined()
  })
})
