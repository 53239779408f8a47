import { newGuid } from '../../../model/ids.js'
import type { Cluster } from '../../../world/clusters.js'
import { kubernetesTime, type KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { SigningKey } from '../../tokens/signing-keys.js'

/** The spec of a TokenRequest. */
export interface TokenRequestSpec {
  audiences?: string[]
  /** An hour by default. */
  expirationSeconds?: number
}

/** Tokens of a cluster's service accounts, as in `kubectl create token`. */
export interface AccountTokens {
  /** The TokenRequest including its token. */
  issue(account: KubernetesObject, spec: TokenRequestSpec): Promise<Record<string, unknown>>
  /** The token's service account, while both are valid. */
  read(token: string): Promise<{ namespace: string; name: string } | undefined>
}

/** Binds the tokens to a cluster (Kubernetes `pkg/serviceaccount/claims.go`). */
export function createAccountTokens(cluster: Cluster, key: SigningKey): AccountTokens {
  const { store } = cluster.kubernetes
  const issuer = `https://${cluster.name}.oic.prod-aks.azure.com/`
  const apiServer = 'https://kubernetes.default.svc.cluster.local'
  return {
    async issue({ metadata: { name, namespace = '', uid } }, { audiences = [apiServer], expirationSeconds = 3600 }) {
      const now = Math.floor(Date.now() / 1000)
      const token = await key.sign({
        aud: audiences,
        exp: now + expirationSeconds,
        iat: now,
        iss: issuer,
        jti: newGuid(),
        'kubernetes.io': { namespace, serviceaccount: { name, uid: uid ?? '' } },
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${name}`,
      })
      return {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name, namespace, creationTimestamp: kubernetesTime() },
        spec: { audiences, expirationSeconds, boundObjectRef: null },
        status: { token, expirationTimestamp: kubernetesTime((now + expirationSeconds) * 1000) },
      }
    },
    async read(token) {
      const payload = await key.verify(token).then(
        verified => verified.payload,
        () => undefined,
      )
      const audiences = [payload?.aud ?? []].flat()
      if (payload?.iss !== issuer || !audiences.includes(apiServer)) return undefined
      const bound = payload['kubernetes.io'] as { namespace: string; serviceaccount: { name: string; uid: string } }
      const account = store.find('serviceaccounts', bound.namespace, bound.serviceaccount.name)
      return account?.metadata.uid === bound.serviceaccount.uid
        ? { namespace: bound.namespace, name: bound.serviceaccount.name }
        : undefined
    },
  }
}
