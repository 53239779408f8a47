import { cloudOf, parseResourceId } from 'azure'
import { connect, getResource, resources, type SigningIn } from 'azure-clients'
import { systemClock } from 'kernel'

/** The identity that the nodes of a cluster pull with. @throws ActionError, such as `CLUSTER_NOT_FOUND` with what to do */
export async function findPullIdentity(signingIn: SigningIn, clusterId: string) {
  const id = parseResourceId(clusterId)
  const inputs = { cloud: cloudOf('AzureCloud'), concurrency: 8, timeoutMs: 0 }
  const signal = AbortSignal.timeout(60_000)
  const onNewRole = console.log
  const { azure } = await connect({ signingIn, inputs, clock: systemClock, signal, onNewRole })
  return id && (await getResource(azure, resources.cluster, id)).pullsWith
}
