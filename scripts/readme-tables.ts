// Writes the generated parts of the documents: the tables of action.yml, the examples, and the commands that the action itself would print.
//
//   npm run docs               brings the documents up to date
//   npm run docs -- --check    only says which are not, and fails then
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import {
  createFederatedCredentialCommands,
  createRoleAssignmentCommand,
  delegationCondition,
  delegationConditionFor,
} from '../src/model/az-commands.js'
import { builtInRoles } from '../src/model/roles.js'

const root = resolve(import.meta.dirname, '..')
const documents = ['README.md', 'docs/permissions.md']

/** What action.yml says of its inputs and outputs. */
export interface ActionManifest {
  inputs: Record<string, { description: string; default?: string; required?: boolean }>
  outputs: Record<string, { description: string }>
}

/** A document as it is and as it should be. */
export interface GeneratedDocument {
  path: string
  current: string
  wanted: string
}

/** Reads a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export const manifest = parse(readText('action.yml')) as ActionManifest

/** Every document with generated parts. @throws Error for a marker that names no part. */
export function generateDocuments(): GeneratedDocument[] {
  return documents.map(path => {
    const current = readText(path)
    return { path, current, wanted: fillIn(current) }
  })
}

const part = /(<!-- generated: ([^\n]+?) -->\n).*?(<!-- \/generated -->)/gs

function fillIn(text: string): string {
  return text.replace(part, (_, start: string, name: string, end: string) => {
    const content = render(name)
    // Prettier would pad the tables to the width of their longest cell.
    return `${start}<!-- prettier-ignore-start -->\n\n${content ? `${content}\n\n` : ''}<!-- prettier-ignore-end -->\n${end}`
  })
}

function render(name: string): string {
  if (name.startsWith('examples/')) return fence('yaml', readText(name).trimEnd())
  const renderPart = parts[name]
  if (!renderPart)
    throw new Error(`There is no generated part called ${name}; there are: ${Object.keys(parts).join(', ')}`)
  return renderPart()
}

const parts: Record<string, () => string> = {
  inputs: () => renderInputs(manifest),
  outputs: () => renderOutputs(manifest),
  'set-up': () => fence('sh', [createApp, grants].join('\n\n')),
  'set-up identity': () => fence('sh', createIdentity),
  grants: () => fence('sh', grants),
  'grants for groups': () =>
    fence('sh', grant('Role Based Access Control Administrator', 'REGISTRY_ID', conditionForGroups)),
  creation: () => fence('sh', creation),
  importing: () => fence('sh', grant('Container Registry Data Importer and Data Reader', 'REGISTRY_ID')),
  'probing role': () =>
    [fence('json', JSON.stringify(probingRole, null, 2)), fence('sh', createProbingRole)].join('\n\n'),
  'reading role': () =>
    [fence('json', JSON.stringify(readingRole, null, 2)), fence('sh', createReadingRole)].join('\n\n'),
}

function renderInputs({ inputs }: ActionManifest): string {
  return renderTable(
    ['input', 'default', 'meaning'],
    Object.entries(inputs).map(([name, { description, default: preset, required }]) => [
      code(name),
      required ? 'required' : preset ? code(preset) : '',
      description,
    ]),
  )
}

function renderOutputs({ outputs }: ActionManifest): string {
  return renderTable(
    ['output', 'meaning'],
    Object.entries(outputs).map(([name, { description }]) => [code(name), description]),
  )
}

function renderTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

const federatedCredential = createFederatedCredentialCommands({
  clientId: '"$CLIENT_ID"',
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:contoso/shop:ref:refs/heads/main',
  audience: 'api://AzureADTokenExchange',
  identity: { name: 'gh-deployer', resourceGroup: 'rg-shop' },
})

const createApp = `CLIENT_ID=$(az ad app create --display-name gh-deployer --query appId --output tsv)
OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)
${federatedCredential.app}`

const createIdentity = `az identity create --name gh-deployer --resource-group rg-shop
CLIENT_ID=$(az identity show --name gh-deployer --resource-group rg-shop --query clientId --output tsv)
OBJECT_ID=$(az identity show --name gh-deployer --resource-group rg-shop --query principalId --output tsv)
${federatedCredential.identity}`

const grants = `CLUSTER_ID=$(az aks show --name aks-prod-1 --resource-group rg-shop --query id --output tsv)
REGISTRY_ID=$(az acr show --name contosoacr --query id --output tsv)

${grant('Reader', 'CLUSTER_ID')}

${grant('Role Based Access Control Administrator', 'REGISTRY_ID', delegationCondition)}`

/** The condition that the action prints where it may not assign a role to a group. */
export const conditionForGroups = delegationConditionFor({ roleId: builtInRoles.acrPull.id, principalType: 'Group' })

const creation = `GROUP_ID=$(az group show --name rg-shop --query id --output tsv)

${grant('Container Registry Contributor and Data Access Configuration Administrator', 'GROUP_ID')}`

const readingRole = {
  Name: 'attach-acr Reader',
  Description: 'Reads what attach-acr looks at',
  Actions: [
    'Microsoft.ContainerService/managedClusters/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    'Microsoft.ContainerRegistry/registries/read',
    'Microsoft.Authorization/roleAssignments/read',
    'Microsoft.Authorization/roleDefinitions/read',
  ],
  AssignableScopes: ['/subscriptions/<subscription-id>'],
}

const createReadingRole = `az role definition create --role-definition '${JSON.stringify(readingRole)}'`

/** The role that the action names where it may not probe. */
export const probingRole = {
  Name: 'AKS Probe',
  Description: 'Lets attach-acr prove that nodes pull',
  Actions: ['listClusterUserCredential/action', 'runCommand/action', 'commandResults/read'].map(inCluster),
  DataActions: ['nodes/read', 'events/read', 'pods/read', 'pods/write', 'pods/delete'].map(inCluster),
  AssignableScopes: ['/subscriptions/<subscription-id>'],
}

function inCluster(action: string): string {
  return `Microsoft.ContainerService/managedClusters/${action}`
}

const createProbingRole = `az role definition create --role-definition '${JSON.stringify(probingRole)}'

${grant('AKS Probe', 'CLUSTER_ID')}`

/** As the action prints it, with shell variables in the places of the IDs. */
function grant(role: string, scope: string, condition = ''): string {
  return createRoleAssignmentCommand({
    type: 'ServicePrincipal',
    objectId: '"$OBJECT_ID"',
    role,
    scope,
    condition,
  }).replace(`--scope ${scope}`, `--scope "$${scope}"`)
}

function code(text: string): string {
  return `\`${text}\``
}

function fence(language: string, text: string): string {
  return ['```' + language, text, '```'].join('\n')
}

if (process.argv[1] === import.meta.filename) {
  const outdated = generateDocuments().filter(({ current, wanted }) => current !== wanted)
  if (process.argv.includes('--check')) {
    for (const { path } of outdated)
      process.stderr.write(`${path} is not up to date: run "npm run docs" and commit it\n`)
    if (outdated.length > 0) process.exitCode = 1
  } else {
    for (const { path, wanted } of outdated) writeFileSync(join(root, path), wanted)
  }
}
