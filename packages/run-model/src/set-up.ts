import { formatResourceId, resourceTypes, setUpCommands } from 'azure'
import { linkPage } from 'texts'
import type { Inputs } from './inputs.js'

/** Whether a run enters clusters. */
export function enters({ mode, verify, workloads }: Inputs): boolean {
  return mode !== 'detach' && (verify === 'pull' || workloads !== undefined)
}

/** Whether a run imports: what the inputs name or, for nodes to pull, a pause image. */
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
 * @param clientId of the identity; empty for the one that the script finds by its own name
 */
export function runSetUpAgain(
  inputs: Inputs,
  subject: string,
  places: Record<'clusters' | 'registries', readonly string[]>,
  clientId: string,
): string[] {
  if (places.clusters.length + places.registries.length === 0) return []
  const smaller = [enters(inputs) ? '' : '--no-verify', imports(inputs) ? '' : '--no-images']
  const flags = [...(inputs.mode === 'check' ? ['--check'] : smaller), clientId && `--client-id ${clientId}`]
  return setUpCommands({ subject, ...locate(), ...places, flags: flags.filter(Boolean) })
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
  const commands = auth.type === 'oidc' ? runSetUpAgain(inputs, subject, places, auth.clientId) : []
  return { commands, page: linkPage('docs/permissions.md#subject-of-the-federated-credential') }
}

/** The address of GitHub, and of the script at the version that the step uses, which GitHub redirects to the raw file; empty for a local action. */
function locate(): { server: string; url: string } {
  const { GITHUB_SERVER_URL, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  const server = GITHUB_SERVER_URL ?? 'https://github.com'
  return { server, url: repository ? `${server}/${repository}/raw/${ref || 'main'}/docs/set-up.sh` : '' }
}
