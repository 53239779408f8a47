import type { Target } from 'azure'
import { chooseProber, type ProberDeps } from 'kubernetes'

/** The nodes of a cluster that take pods: listed by kubectl if the runner has it and reaches the API server, else by Run Command. */
export async function listReadyNodes(cluster: Target, deps: ProberDeps): Promise<string[]> {
  const prober = await chooseProber(cluster, deps)
  try {
    const nodes = await prober.look([])
    return nodes.filter(({ isReady, isCordoned }) => isReady && !isCordoned).map(({ name }) => name)
  } finally {
    await prober.close()
  }
}
