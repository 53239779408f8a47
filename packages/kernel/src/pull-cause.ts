/**
 * What stopped a pull, if that is more specific than its verdict. `gone`: the pod was deleted. `kubelet-limit`: the kubelet's own rate limit.
 * `plain-http`: something answers without TLS.
 *
 * For a refusal: `stale-credential`: the registry no longer accepts the node's credential, because it was issued before the registry's mode was
 * switched, or in another tenant. `role`: the credential is good, but no role allows the repository. `no-credential`: the node offers none.
 */
export type PullCause =
  | 'stale-credential'
  | 'role'
  | 'no-credential'
  | 'dns'
  | 'firewall'
  | 'tls'
  | 'plain-http'
  | 'proxy'
  | 'connection'
  | 'data-endpoint'
  | 'platform'
  | 'gone'
  | 'kubelet-limit'
