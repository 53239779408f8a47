import type { Contoso } from '../../simulator/contoso.js'
import type { Program } from '../../simulator/world/kubernetes.js'
import { accessOf, isRegistry } from '../../simulator/world/registries.js'
import { hasRights } from '../../simulator/services/registry/rights.js'

/** The image that `az aks check-acr` runs (azure-cli 2.74 `CONST_CANIPULL_IMAGE`). */
export const canipullImage = { registry: 'mcr.microsoft.com', repository: 'aks/canipull', tag: 'v0.1.0' }

/**
 * What that image's program does on a node of contoso's cluster: it looks the registry up and exchanges a token of the kubelet identity
 * for Azure Resource Manager, and asks for no repository (Azure/aks-canipull `main.go`, with its words and exit codes).
 */
export function canipull({ world, cluster }: Contoso): Program {
  return ({ args }) => {
    const host = args.at(-1) ?? ''
    const registry = world.resources.filter(isRegistry).find(({ loginServer }) => loginServer === host)
    if (registry === undefined) {
      const failed = [`Checking host name resolution (${host}): FAILED`, `Failed to resolve specified fqdn ${host}`]
      return { log: `${failed.join('\n')}\n`, exitCode: 52 }
    }
    const { clientId, objectId } = cluster.kubeletIdentity
    const lines = [
      `Checking host name resolution (${host}): SUCCEEDED`,
      'Checking managed identity...',
      `Kubelet managed identity client ID: ${clientId}`,
      'Validating managed identity existance: SUCCEEDED',
    ]
    const isAccepted =
      accessOf(registry).acceptsArmAudience && (!world.exchangeNeedsRights || hasRights(world, registry, objectId))
    const verdict = isAccepted
      ? ['Validating image pull permission: SUCCEEDED', `\nYour cluster can pull images from ${host}!`]
      : [
          'Validating image pull permission: FAILED',
          `ACR ${host} rejected token exchange: ACR token exchange endpoint returned error status: 401.`,
        ]
    return { log: `${[...lines, ...verdict].join('\n')}\n`, exitCode: isAccepted ? 0 : 60 }
  }
}
