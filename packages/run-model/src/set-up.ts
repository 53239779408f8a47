import { formatResourceId, option, raw, resourceTypes, setUpCommands } from 'azure'
import { linkPage } from 'texts'
import { locate } from './check-set-up.js'
import type { Inputs } from './inputs.js'

/** Whether a run enters clusters. */
export function enters({ mode, verify, workloads }: Inputs): boolean {
  return mode !== 'detach' && (verify === 'pull' || workloads !== undefined)
}

/** Whether a run imports what the inputs name or, for nodes to pull, a pause image, if they are not there. The set-up imports the latter itself. */
export function imports({ mode, verify, images, probeImages, manifests, probesWorkloads }: Inputs): boolean {
  const pullsPause = verify === 'pull' && probeImages.length === 0 && manifests.length === 0 && !probesWorkloads
  return mode === 'attach' && (images.length > 0 || pullsPause)
}

/** The ID of a resource that could not be read; empty if the inputs do not tell its resource group. */
export function idOf(each: Inputs['clusters' | 'registries'][number], { subscriptionId }: Inputs): string {
  if (each.kind === 'id') return formatResourceId(each.id)
  const resourceGroup = each.kind !== 'all' && 'resourceGroup' in each && each.resourceGroup
  return resourceGroup
    ? formatResourceId({ subscriptionId, resourceGroup, type: resourceTypes.cluster, name: each.text })
    : ''
}

/**
 * The commands that run docs/set-up.sh again for what a run does at some resources; none if the script makes no credential for the subject, or if there is
 * nothing to name.
 * @param places names or resource IDs
 * @param deps.clientId of the identity; empty for the one that the script finds by its own name
 * @param deps.runsCommands whether the run needs Run Command although no input says so
 */
export function runSetUpAgain(
  inputs: Inputs,
  subject: string,
  places: Record<'clusters' | 'registries', readonly string[]>,
  { clientId, runsCommands = false }: { clientId: string; runsCommands?: boolean },
): string[] {
  if (places.clusters.length + places.registries.length === 0) return []
  const flags = [
    ...(inputs.mode === 'check' ? flagsToCheck(inputs) : flagsToWrite(inputs, runsCommands)),
    option('--client-id', clientId),
  ]
  return setUpCommands({ subject, ...locate(), ...places, flags: flags.map(each => each.raw).filter(Boolean) })
}

/** A flag of the set-up, or nothing. */
const flag = (name: string, isSet: boolean) => raw(isSet ? name : '')

function flagsToCheck({ images, manifests, workloads }: Inputs) {
  const looksAtImages = images.length > 0 || manifests.length > 0 || workloads !== undefined
  return [flag('--check', true), flag('--images', looksAtImages)]
}

/** The set-up grants nothing of what its flags name unless they are given, but what probing needs. */
function flagsToWrite(inputs: Inputs, runsCommands: boolean) {
  const { mode, images, group, kubeletIdentities, probeWith, probeNamespace } = inputs
  const isInside = enters(inputs)
  return [
    flag('--no-verify', !isInside),
    flag('--images', mode === 'attach' && images.length > 0),
    flag('--detach', mode === 'detach'),
    flag('--run-command', isInside && (runsCommands || probeWith === 'run-command')),
    option('--probe-namespace', isInside && probeNamespace !== 'default' ? probeNamespace : ''),
    option('--group', group),
    option('--identities', kubeletIdentities.map(({ id }) => formatResourceId(id)).join(',')),
  ]
}

/**
 * The commands that let ID tokens of a subject sign in to a run's identity, with all that the inputs name one by one; and the address of the page about
 * subjects, empty for a local action.
 */
export function letIn(inputs: Inputs, subject: string): { commands: string[]; page: string } {
  const namesOf = (all: Inputs['clusters' | 'registries']): string[] =>
    all.flatMap(each => (each.kind === 'all' ? [] : idOf(each, inputs) || each.text))
  const places = { clusters: namesOf(inputs.clusters), registries: namesOf(inputs.registries) }
  const { auth } = inputs
  // What the identity is called is unknown: nobody has signed in.
  const commands = auth.type === 'oidc' ? runSetUpAgain(inputs, subject, places, { clientId: auth.clientId }) : []
  return { commands, page: linkPage('docs/permissions.md#subject-of-the-federated-credential') }
}
