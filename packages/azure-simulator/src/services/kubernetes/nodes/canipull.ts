// The image and program that az aks check-acr runs on a node.
import { sameId } from '../../../model/ids.js'
import type { Cluster } from '../../../world/clusters.js'
import type { Program } from '../../../world/kubernetes-behaviour.js'
import { accessOf, isRegistry } from '../../../world/registries.js'
import type { World } from '../../../world/world.js'
import { checkFirewall, unauthorized } from '../../registry/azure-registry.js'
import { RegistryError } from '../../registry/errors.js'
import { hasRights } from '../../registry/rights.js'
import { pullPrincipal } from './credentials.js'

export const canIPullRepository = 'mcr.microsoft.com/aks/canipull'

const exitCodes = { dnsFailure: 52, missingPermission: 60 }

/**
 * The program in that image: it resolves the registry's name and exchanges a token for Azure Resource Manager; it
 * requests no repository (Azure/aks-canipull v0.1.0, `main.go`, `exitcode.go`).
 */
export function createCanIPull(world: World, cluster: Cluster): Program {
  return ({ args }) => {
    const host = args.find(arg => !arg.startsWith('-')) ?? ''
    const lines: string[] = []
    const say = (text: string): void => {
      lines.push(`[${new Date().toISOString().replace(/\.\d+Z$/, 'Z')}] ${text}\n`)
    }
    const end = (exitCode: number): ReturnType<Program> => ({ log: lines.join(''), exitCode })
    const registry = world.resources.filter(isRegistry).find(({ loginServer }) => sameId(loginServer, host))
    if (registry === undefined) {
      say(`Checking host name resolution (${host}): FAILED`)
      say(`Failed to resolve specified fqdn ${host}: lookup ${host} on 168.63.129.16:53: no such host`)
      return end(exitCodes.dnsFailure)
    }
    const { location } = registry.body
    say(`Checking host name resolution (${host}): SUCCEEDED`)
    say(`Canonical name for ACR (${host}): r0318${registry.name.slice(0, 2)}.${location}.cloudapp.azure.com.`)
    say(`ACR location: ${location}`)
    say('Checking managed identity...')
    if (cluster.hasKubeletIdentity) say(`Kubelet managed identity client ID: ${cluster.kubeletIdentity.clientId}`)
    say('Validating managed identity existance: SUCCEEDED')
    const problem = exchangeProblem(world, cluster, registry)
    if (problem !== undefined) {
      say('Validating image pull permission: FAILED')
      say(
        `ACR ${host} rejected token exchange: ACR token exchange endpoint returned error status: ${String(problem.status)}. body: ${JSON.stringify(problem.body)}`,
      )
      return end(exitCodes.missingPermission)
    }
    say('Validating image pull permission: SUCCEEDED')
    say(`\nYour cluster can pull images from ${host}!`)
    return end(0)
  }
}

function exchangeProblem(
  world: World,
  cluster: Cluster,
  registry: Parameters<typeof accessOf>[0],
): RegistryError | undefined {
  const { egressAddress, privateEndpoints } = cluster.kubernetes
  try {
    if (!privateEndpoints.has(registry.loginServer)) checkFirewall(world, registry, egressAddress)
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
  const principalId = pullPrincipal(world, cluster)
  const isAccepted =
    accessOf(registry).acceptsArmAudience && principalId !== undefined && hasRights(world, registry, principalId)
  return isAccepted ? undefined : unauthorized(registry, undefined, 'invalid_token')
}
