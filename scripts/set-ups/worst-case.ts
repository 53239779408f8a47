// What somebody can do who has taken over a workflow, by the options of the set-up: from the roles that these assign.
import { isAllowed } from 'azure'
import { createWorld } from 'azure-simulator'
import { roles, setUps, type Grant } from './set-ups.js'

/** A row of the table: what is granted, and on which kind of cluster. */
export interface Case {
  /** As the table names it; `--identities A,B` for example. */
  option: string
  /** The keys of what the set-up grants. */
  grants: readonly string[]
  /** Whether the clusters have no Entra ID, so that every kubeconfig and every command is an administrator's. */
  isLocal?: boolean
}

const usual = ['attach', 'verify']

/** Each option of docs/set-up.sh that grants something else than the default. */
export const cases: readonly Case[] = [
  { option: '', grants: usual },
  { option: '', grants: usual, isLocal: true },
  { option: '--no-verify', grants: ['attach'], isLocal: true },
  { option: '--identities A,B', grants: [...usual, 'identities'] },
  { option: '--group G', grants: [...usual, 'group'] },
  { option: '--any-cluster', grants: [...usual, 'any-cluster'] },
  { option: '--detach', grants: [...usual, 'detach'] },
  { option: '--images', grants: [...usual, 'images'] },
  { option: '--run-command', grants: [...usual, 'run-command'] },
  { option: '--run-command --no-verify', grants: ['attach', 'run-command'], isLocal: true },
  { option: '--built-in-roles', grants: ['attach', 'builtIn'] },
  { option: '--check', grants: ['check'] },
  { option: '--deploy N', grants: ['deploy'] },
]

/** What the script assigns with `--built-in-roles` instead of custom roles. */
const builtIn: Grant[] = [
  { role: 'user', at: 'cluster' },
  { role: 'clusterAdministrator', at: 'cluster' },
]

/** What an identity can do. */
export interface Abilities {
  overwrites: boolean
  reads: boolean
  pods: 'nowhere' | 'namespace' | 'everywhere'
  /** Whether it administers the clusters. */
  administers: boolean
  /** Whether it can read the secrets where it can start pods. */
  readsSecrets: boolean
  /** Whether it gets kubeconfigs. */
  getsKubeconfigs: boolean
  /** Whether it runs commands in the clusters by Run Command. */
  runsCommands: boolean
  /** Whom it can assign the pull roles to: the pull identities of the `clusters`, the `identities`, the `group`, or `any`. */
  grantsTo: string[]
  /** Whether it can delete what it can assign. */
  deletes: boolean
  /** Whether it can change the members of the group. */
  ownsGroup: boolean
}

const { roles: builtInRoles } = createWorld()

function permissionsOf(key: string) {
  const { id, actions = [], dataActions = [] } = roles[key] ?? {}
  const found = builtInRoles.find(({ name }) => name === id)
  const given = found?.permissions ?? [{ actions, dataActions, notActions: [], notDataActions: [] }]
  return given.map(each => ({
    actions: [...each.actions],
    notActions: [...each.notActions],
    dataActions: [...each.dataActions],
    notDataActions: [...each.notDataActions],
  }))
}

const registry = 'Microsoft.ContainerRegistry/registries'
const cluster = 'Microsoft.ContainerService/managedClusters'

/** What the roles of a case allow. */
export function abilitiesOf({ grants, isLocal = false }: Case): Abilities {
  const all = grants.flatMap(key => (key === 'builtIn' ? builtIn : (setUps[key] ?? [])))
  const can = (at: string, action: string, kind?: 'dataActions'): boolean =>
    all.some(grant => grant.at === at && isAllowed(permissionsOf(grant.role), action, kind))
  const runsCommands = can('cluster', `${cluster}/runCommand/action`)
  const inside = (at: string, what: string): boolean => can(at, `${cluster}/${what}`, 'dataActions')
  const getsKubeconfigs = can('cluster', `${cluster}/listClusterUserCredential/action`)
  const administers =
    (isLocal && (getsKubeconfigs || runsCommands)) || inside('cluster', 'rbac.authorization.k8s.io/clusterroles/write')
  return {
    overwrites: can('registry', `${registry}/importImage/action`) || can('registry', `${registry}/push/write`),
    reads: can('registry', `${registry}/pull/read`),
    pods:
      administers || inside('cluster', 'pods/write')
        ? 'everywhere'
        : inside('namespace', 'pods/write')
          ? 'namespace'
          : 'nowhere',
    administers,
    readsSecrets: administers || inside('namespace', 'secrets/read'),
    getsKubeconfigs,
    runsCommands,
    grantsTo: [...new Set(all.flatMap(({ to }) => to ?? []))],
    deletes: all.some(({ deletes }) => deletes),
    ownsGroup: all.some(({ role }) => roles[role]?.isInEntra),
  }
}

const holders: Record<string, string> = {
  clusters: 'the named clusters',
  identities: 'A and B',
  group: 'group G',
  any: 'any service principal or managed identity',
}

function describePods({ pods, administers, readsSecrets, getsKubeconfigs, runsCommands }: Abilities): string {
  const where = { nowhere: 'nowhere', namespace: 'in one namespace', everywhere: 'everywhere' }[pods]
  const more = administers ? ', as an administrator of the cluster' : readsSecrets ? ', whose secrets it reads' : ''
  return `${where}${more}${runsCommands ? (getsKubeconfigs ? '; by Run Command, too' : '; by Run Command') : ''}`
}

function describeGrants({ grantsTo, ownsGroup }: Abilities): string {
  if (grantsTo.length === 0) return 'nobody'
  const all = grantsTo.includes('any') ? ['any'] : grantsTo
  const to = all.map(each => holders[each] ?? each).join(', ')
  return ownsGroup ? `${to}, and so everyone whom it makes a member` : to
}

/** The rows of the table: option, what can be overwritten and read, where pods can be started, who can be given pull roles, and what can be deleted. */
export function worstCases(): { header: string[]; rows: string[][] } {
  const rows = cases.map(each => {
    const { option, isLocal = false } = each
    const abilities = abilitiesOf(each)
    const name = option ? `\`${option}\`` : 'the default'
    return [
      isLocal ? `${name}, clusters without Entra ID` : name,
      abilities.overwrites ? 'each tag that is not locked' : 'no',
      abilities.reads ? 'yes' : 'no',
      describePods(abilities),
      describeGrants(abilities),
      abilities.deletes ? 'the pull roles that it can assign' : 'nothing',
    ]
  })
  return { header: ['with', 'overwrite images', 'read all images', 'start pods', 'give pull roles to', 'delete'], rows }
}
