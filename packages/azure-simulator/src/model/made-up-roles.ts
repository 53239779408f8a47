import { createRandom } from './random.js'
import type { RoleDefinition } from './role-definitions.js'

const providers = [
  ...[
    'ApiManagement',
    'App',
    'Automation',
    'Batch',
    'Cache',
    'CognitiveServices',
    'Compute',
    'ContainerInstance',
    'CostManagement',
    'DataFactory',
  ],
  ...[
    'DBforPostgreSQL',
    'DesktopVirtualization',
    'DevCenter',
    'Devices',
    'DocumentDB',
    'EventGrid',
    'EventHub',
    'HDInsight',
    'HealthcareApis',
  ],
  ...[
    'HybridCompute',
    'Insights',
    'KeyVault',
    'Kusto',
    'Logic',
    'MachineLearningServices',
    'Maps',
    'Media',
    'Migrate',
    'Network',
  ],
  ...[
    'OperationalInsights',
    'Purview',
    'RecoveryServices',
    'Search',
    'Security',
    'ServiceBus',
    'SignalRService',
    'Sql',
    'Storage',
    'Web',
  ],
]
const types = [
  'accounts',
  'clusters',
  'connections',
  'environments',
  'gateways',
  'jobs',
  'namespaces',
  'policies',
  'pools',
  'projects',
  'servers',
  'vaults',
  'workspaces',
]
const subtypes = [
  'alerts',
  'backups',
  'databases',
  'deployments',
  'endpoints',
  'keys',
  'logs',
  'models',
  'networks',
  'queues',
  'schedules',
  'secrets',
  'versions',
]
const verbs = [
  'read',
  'write',
  'delete',
  'listKeys/action',
  'join/action',
  'start/action',
  'restart/action',
  'backup/action',
  '*',
]
const levels = [
  'Reader',
  'Contributor',
  'Operator',
  'Administrator',
  'Service Agent',
  'Data Owner',
  'Data Reader',
  'Service Role',
]

/**
 * Made-up roles in the shape of the built-in ones, until they have that many characters as JSON; the same ones for the same seed. They allow nothing of what
 * is simulated. The list of all real ones has 1.6 MB and comes in one page, and one of 453 has 530 kB: most roles have few actions, and some hundreds
 * (recorded by azure-service-operator, azure-cli and azure-powershell).
 */
export function madeUpRoles(characters: number, seed: number): RoleDefinition[] {
  const random = createRandom(seed)
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? ''
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('')
  const when = (): string =>
    `20${18 + Math.floor(random() * 8)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}T10:11:12.${1_000_000 + Math.floor(random() * 8_999_999)}Z`
  const roles: RoleDefinition[] = []
  for (let left = characters; left > 0;) {
    const provider = pick(providers)
    const action = (): string =>
      `Microsoft.${provider}/${pick(types)}/${random() < 0.6 ? `${pick(subtypes)}/` : ''}${pick(verbs)}`
    // Most are short, and few are very long.
    const actions = (most: number): string[] => [
      ...new Set(Array.from({ length: Math.floor(most * random() ** 4) }, action)),
    ]
    const roleName = `${provider} ${pick(types)} ${pick(subtypes)} ${pick(levels)} ${roles.length}`
    const role: RoleDefinition = {
      name: [8, 4, 4, 4, 12].map(digits).join('-'),
      roleName,
      type: 'BuiltInRole',
      description: `Lets you manage the ${pick(subtypes)} of ${provider}, but not access to them, and not the networks or storage that they are linked to.`,
      assignableScopes: ['/'],
      permissions: [
        {
          actions: ['Microsoft.Authorization/*/read', `Microsoft.${provider}/operations/read`, ...actions(140)],
          notActions: actions(6),
          dataActions: actions(40),
          notDataActions: actions(6),
        },
      ],
      createdOn: when(),
      updatedOn: when(),
    }
    roles.push(role)
    left -= JSON.stringify(role).length
  }
  return roles
}
