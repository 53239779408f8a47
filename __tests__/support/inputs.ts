import { vi } from 'vitest'
import { readManifest } from 'azure-simulator/runner/step'
import { ActionError, printFix } from 'kernel'
import type { Inputs } from 'run-model'
import { readInputs } from '../../src/inputs/inputs.js'

export const inputGuid = '11111111-2222-4333-8444-555555555555'

const group = `/subscriptions/${inputGuid}/resourceGroups/rg/providers`

/** The resource IDs of a cluster, a registry and an identity. */
export const inputIds = {
  cluster: `${group}/Microsoft.ContainerService/managedClusters/aks`,
  registry: `${group}/Microsoft.ContainerRegistry/registries/contosoacr`,
  identity: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/id-1`,
}

/** Gives an input a value, until the test ends. */
export function give(name: string, value: string): void {
  vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
}

/** Gives every input its default, and required ones a value. */
export function giveDefaults(): void {
  for (const [name, { default: preset = '' }] of Object.entries(readManifest().inputs)) give(name, preset)
  give('client-id', inputGuid)
  give('tenant-id', inputGuid)
  give('cluster', inputIds.cluster)
  give('registry', inputIds.registry)
}

/** The inputs of a mode that works on clusters. */
export async function readClusterInputs(): Promise<Inputs> {
  const inputs = await readInputs()
  if (inputs.mode === 'merge') throw new Error('the mode is merge')
  return inputs
}

/** The problems that readInputs reports, one per line, without the hint about secrets below them. */
export async function readProblems(): Promise<string[]> {
  try {
    await readInputs()
    return []
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const [, ...lines] = printFix(error.fix).split('\n')
    return lines.filter(line => !line.startsWith('  Stored as a secret?'))
  }
}
