import { toFixJson } from 'kernel'
import { describe, expect, test } from 'vitest'
import { explainKubectl } from '../src/errors.js'
import { findMirror } from '../src/node-rows.js'
import { podOf } from '../src/probe-pod.js'

const cluster = {
  id: '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1',
  name: 'aks-1',
}
const attempt = { cluster, namespace: 'shop', objectId: 'o', accounts: ['web', 'default'] }
const refusalOf = (account: string): string =>
  `pods "p" is forbidden: error looking up service account shop/${account}: serviceaccount "${account}" not found`

describe('a service account that does not exist', () => {
  test('is final if the inputs name it, with the commands that look for it and create it', () => {
    const error = explainKubectl(refusalOf('web'), attempt)
    expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: false })
    expect(error.said.why).toBe('the service account that the probe pods run as does not exist in the namespace')
    expect(error.detail).toBe('account')
    expect(toFixJson(error.fix).commands).toEqual([
      'kubectl get serviceaccounts --all-namespaces --field-selector metadata.name=web',
      'kubectl create serviceaccount web --namespace shop',
    ])
  })

  test.each(['default', 'another'])('may still come if a controller creates it: %s', account => {
    const error = explainKubectl(refusalOf(account), attempt)
    expect([error.recovers, error.detail]).toEqual([true, undefined])
  })
})

describe('a probe pod', () => {
  const node = { name: 'a1', os: 'linux', taints: [] }
  const options = { run: 'r1', lifeSeconds: 600, requestsAll: false }
  const specOf = (account?: string) => {
    const images = [{ container: 'image-0', reference: 'x.io/a:1', ...(account && { account }) }]
    return podOf({ index: 0, node, images }, options).spec
  }

  test('names its service account, without its token, or else a pull secret that keeps those of the default one away', () => {
    const own = specOf('web')
    expect(own).toMatchObject({ serviceAccountName: 'web', automountServiceAccountToken: false })
    expect(own).not.toHaveProperty('imagePullSecrets')
    expect(specOf()).toMatchObject({ imagePullSecrets: [{ name: 'attach-acr-no-secret-r1' }] })
    expect(specOf()).not.toHaveProperty('serviceAccountName')
  })
})

describe('lists of DaemonSets', () => {
  test.each([
    ['daemonset\tkube-system/spegel\tspegel\tghcr.io/spegel-org/spegel:v0.6.0 \t.', 'kube-system/spegel'],
    ['daemonset\tother/mirror\t\tx.azurecr.io/team/spegel@sha256:0 \t.', 'other/mirror'],
    ['daemonset\tother/mirror\t\tx.azurecr.io/team/spegel \t.', 'other/mirror'],
    ['daemonset\tpeerd-ns/peerd\t\tghcr.io/azure/acr/dev/peerd:stable \t.', 'peerd-ns/peerd'],
    ['daemonset\tother/a\tama-logs\tmcr.microsoft.com/spegel-test:1 mcr.microsoft.com/a/spegel/b:1 \t.', undefined],
    ['', undefined],
  ])('show a peer-to-peer mirror by label or image: %s', (output, mirror) => {
    expect(findMirror(output)).toBe(mirror)
  })
})
