import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createContoso } from 'azure-simulator/contoso'
import type { Node } from 'web-tree-sitter'
import { parse } from 'yaml'
import { builtInRoles as ownRoles, delegationCondition } from 'azure'
import { bindRoleCommand } from 'azure/src/grants.js'
import { readText } from '../../../scripts/readme-tables.js'
import { generateSetUps, roles, setUps } from '../../../scripts/set-ups/set-ups.js'
import { documentedRoles, documentedRules, readerRules } from '../../support/documented-roles.js'
import { nodesOf, parseAs, syntaxErrors } from '../../support/grammars.js'

const root = resolve(import.meta.dirname, '../../..')
const bicepFiles = filesOf('.bicep')
const terraformFiles = filesOf('.tf')

function filesOf(extension: string): string[] {
  return readdirSync(resolve(root, 'docs/set-up'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(extension))
    .map(name => `docs/set-up/${name}`)
}

/** A text without indentation and line breaks, which have no meaning in a condition. */
const squeeze = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** The texts of a list of strings, by the grammars that write lists alike. */
const stringsIn = (text: string): string[] => [...text.matchAll(/['"]([^'"]+)['"]/g)].map(([, item = '']) => item)

/** A rule with its resources in alphabetical order. */
const sorted = (rule: object): object =>
  Object.fromEntries(Object.entries(rule).map(([name, items]: [string, string[]]) => [name, items.toSorted()]))

/** A role assignment as a file has it, with all that Azure is given. */
interface Assigned {
  role: string
  at: string
  condition: string | undefined
}

/** What the data says that a set-up assigns. */
function wantedOf(setUp: string): Assigned[] {
  return (setUps[setUp] ?? []).map(({ role, at, delegates }) => ({
    role: roles[role]?.name ?? '',
    at,
    condition: delegates && squeeze(delegationCondition()),
  }))
}

/** The custom roles that a set-up defines, by name. */
function definitionsOf(setUp: string) {
  return (setUps[setUp] ?? []).flatMap(({ role }) => {
    const { name, id, description, actions = [], dataActions = [] } = roles[role] ?? { name: '' }
    return id === undefined ? { name, description, actions, dataActions } : []
  })
}

describe('the roles of the set-ups', () => {
  test('are those of Azure and of docs/permissions.md', () => {
    const { world, deployer, registry } = createContoso()
    for (const { name, id } of Object.values(roles)) {
      if (id === undefined) continue
      const { roleDefinitionId } = world.assignRole({ principalId: deployer.objectId, role: name, scope: registry.id })
      expect(roleDefinitionId.endsWith(`/${id}`)).toBe(true)
    }
    const { reading, probing } = documentedRoles()
    expect(roles.probing).toMatchObject({
      name: probing.Name,
      actions: probing.Actions,
      dataActions: probing.DataActions,
    })
    expect(roles.reading).toMatchObject({ name: reading.Name, actions: reading.Actions, dataActions: [] })
  })

  test.each([
    ['probe', documentedRules()],
    ['reader', readerRules()],
  ] as const)('inside a cluster are those of the documents: %s', (key, documented) => {
    const at = {
      kind: 'cluster',
      name: 'aks-1',
      id: '/subscriptions/s/resourceGroups/rg/x',
      subscriptionId: 's',
    } as const
    const [, yaml = ''] = /echo "([^]+)" \| kubectl auth reconcile/.exec(bindRoleCommand(at, key, 'me')) ?? []
    const { items } = parse(yaml.replaceAll('\\"', '"')) as { items: { rules: object[] }[] }
    const [, binding] = items
    expect(items[0]?.rules.map(sorted)).toEqual(documented.map(sorted))
    expect(binding).toMatchObject({ kind: 'ClusterRoleBinding', subjects: [{ kind: 'User', name: 'me' }] })
  })

  test('can be assigned with the condition: only those that may be', () => {
    const { delegates = [] } = setUps.attach?.find(({ role }) => role === 'accessAdministrator') ?? {}
    const ids = delegates.map(key => roles[key]?.id)
    expect(ids).toEqual([ownRoles.acrPull.id, ownRoles.repositoryReader.id])
    for (const [, list = ''] of delegationCondition().matchAll(/GuidEquals \{([^}]+)\}/g))
      expect(list.split(', ')).toEqual(ids)
  })

  test('fill every set-up', () => {
    const all = generateSetUps()
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(['docs/set-up.sh', 'docs/set-up/check/main.tf']))
    for (const { current, wanted } of all) {
      expect(current).toBe(wanted)
      expect(wanted).not.toMatch(/\{\{|\}\}$/m)
    }
  })
})

test('docs/set-up.ps1 has valid syntax', async () => {
  expect(syntaxErrors(await parseAs('powershell', readText('docs/set-up.ps1')))).toEqual([])
})

describe.each(bicepFiles)('%s', path => {
  test('has valid syntax', async () => {
    expect(syntaxErrors(await parseAs('bicep', readText(path)))).toEqual([])
  })
})

describe.each(terraformFiles)('%s', path => {
  test('has valid syntax', async () => {
    expect(syntaxErrors(await parseAs('hcl', readText(path)))).toEqual([])
  })
})

test('the parsers refuse what is broken', async () => {
  expect(syntaxErrors(await parseAs('powershell', "if ($a { 'b'"))).not.toEqual([])
  expect(syntaxErrors(await parseAs('bicep', "resource r = { name: 'b' }"))).not.toEqual([])
  expect(syntaxErrors(await parseAs('hcl', 'resource "a" {'))).not.toEqual([])
})

/** The attributes of a block of HCL, as they are written. */
function attributesOf(block: Node): Record<string, string> {
  return Object.fromEntries(
    nodesOf(block, 'attribute').map(({ text }) => {
      const at = text.indexOf('=')
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
    }),
  )
}

/** What the expressions of Terraform and Bicep stand for. */
const places: [RegExp, string][] = [
  [/var\.clusters|cluster-role/, 'cluster'],
  [/var\.registries|registry-role/, 'registry'],
  [/\/subscriptions\/\$\{var|subscription-role/, 'subscription'],
]
const placeOf = (text: string): string => places.find(([pattern]) => pattern.test(text))?.[1] ?? text

describe.each(readdirSync(resolve(root, 'docs/set-up')).filter(name => name in setUps))('the set-up %s', setUp => {
  let terraform: Node
  let bicep: string
  beforeAll(async () => {
    terraform = await parseAs('hcl', readText(`docs/set-up/${setUp}/main.tf`))
    bicep = readText(`docs/set-up/${setUp}/main.bicep`)
  })

  test('assigns in Terraform what the data says', () => {
    const blocks = nodesOf(terraform, 'block')
    const definitions = blocks.filter(({ text }) => text.startsWith('resource "azurerm_role_definition"'))
    const names = definitions.map(block => stringsIn(attributesOf(block).name ?? '')[0])
    const assigned = blocks
      .filter(({ text }) => text.startsWith('resource "azurerm_role_assignment"'))
      .map(block => attributesOf(block))
    expect(
      assigned.map(({ for_each: all, scope = '', role_definition_name: name, role_definition_id: id, condition }) => ({
        role: name ? stringsIn(name)[0] : (id ?? '').includes('azurerm_role_definition') ? names[0] : id,
        at: placeOf(all ?? scope),
        condition: condition && squeeze(/<<-END\n([^]+?)\n *END/.exec(condition)?.[1] ?? ''),
      })),
    ).toEqual(wantedOf(setUp))
    for (const { principal_type: type, condition, condition_version: version } of assigned) {
      expect(type).toBe('"ServicePrincipal"')
      expect(version).toBe(condition && '"2.0"')
    }
    expect(
      definitions.map(block => {
        const { name = '', description = '', actions = '', data_actions: dataActions = '' } = attributesOf(block)
        return {
          name: stringsIn(name)[0],
          description: stringsIn(description)[0],
          actions: stringsIn(actions),
          dataActions: stringsIn(dataActions),
        }
      }),
    ).toEqual(definitionsOf(setUp))
  })

  test('assigns in Bicep what the data says', () => {
    const list = (name: string): string[] => stringsIn(new RegExp(`\\b${name}: \\[([^\\]]*)\\]`).exec(bicep)?.[1] ?? '')
    const text = (name: string): string | undefined => new RegExp(`\\b${name}: '([^']+)'`).exec(bicep)?.[1]
    const defined = {
      name: text('roleName'),
      description: text('description'),
      actions: list('actions'),
      dataActions: list('dataActions'),
    }
    expect(defined.name === undefined ? [] : [defined]).toEqual(definitionsOf(setUp))
    const nameOf = (id: string): string | undefined =>
      Object.values(roles).find(role => role.id !== undefined && id.includes(role.id))?.name ?? defined.name
    const modules = bicep.split(/^module /m).filter(each => /-role\.bicep' = (?:\[for \w+ in \w+: )?\{/.test(each))
    expect(
      modules
        .map(each => ({
          role: nameOf(/role(?:Definition)?Id: (\S+)/.exec(each)?.[1] ?? ''),
          at: placeOf(each),
          condition: /condition: '''\n([^]+?)'''/.exec(each)?.[1],
        }))
        .map(each => ({ ...each, condition: each.condition && squeeze(each.condition) })),
    ).toEqual(wantedOf(setUp))
  })
})

describe.each(['docs/set-up.sh', 'docs/set-up.ps1'])('%s', path => {
  const script = readText(path)

  test('names the roles of the data, with their IDs and its condition', () => {
    const named = [...script.matchAll(/["']([^"']+)["'] '?([0-9a-f]{8}-[0-9a-f-]{27})/g)].map(([, name, id]) => ({
      name,
      id,
    }))
    const used = new Set(Object.values(setUps).flatMap(grants => grants.map(({ role }) => role)))
    const builtIn = Object.entries(roles).filter(([key, { id }]) => id !== undefined && used.has(key))
    expect(builtIn).toHaveLength(5)
    for (const [, { name, id }] of builtIn) expect(named).toContainEqual({ name, id })
    expect(named.every(each => Object.values(roles).some(({ name, id }) => name === each.name && id === each.id))).toBe(
      true,
    )
    expect(squeeze(script)).toContain(squeeze(delegationCondition()))
  })

  test('defines the custom roles of the data', () => {
    const custom = Object.keys(setUps).flatMap(definitionsOf)
    expect(custom.map(({ name }) => name)).toEqual(['AKS Probe', 'attach-acr Reader'])
    for (const { name, description, actions, dataActions } of custom) {
      const [json = ''] = new RegExp(`^\\{"Name": "${name}"[^]+?\\]\\}$`, 'm').exec(script) ?? []
      expect(JSON.parse(json.replace(/\[\$\w+\]/, '[]'))).toEqual({
        Name: name,
        Description: description,
        Actions: actions,
        ...(dataActions.length > 0 && { DataActions: dataActions }),
        AssignableScopes: [],
      })
    }
  })
})

test('the scripts in bash and PowerShell have the same settings, and write with the same commands', () => {
  const [bash = '', powerShell = ''] = ['docs/set-up.sh', 'docs/set-up.ps1'].map(readText)
  const settings = (script: string, pattern: RegExp): string[] =>
    [...(script.split(/\n\n/)[0] ?? '').matchAll(pattern)].map(([, name = '']) =>
      name.replaceAll('_', '').toLowerCase(),
    )
  expect(settings(powerShell, /^\$(\w+) = /gm)).toEqual(settings(bash, /^([A-Z_]+)=/gm))
  const commands = (script: string): string[] => [
    ...new Set(script.match(/\b(?:ad|identity|role|variable) (?:[a-z-]+ )*(?:create|set|\$verb)(?= )/g)),
  ]
  expect(commands(powerShell).sort()).toEqual(commands(bash).sort())
  expect(commands(bash)).toHaveLength(8)
  for (const value of ['https://token.actions.githubusercontent.com', 'api://AzureADTokenExchange', 'github-'])
    for (const script of [bash, powerShell]) expect(script).toContain(value)
})

test('the identity that only checks has the variable that the examples use', () => {
  const pages = ['docs/set-up.md', 'docs/set-up.sh', 'docs/set-up.ps1']
  for (const path of pages) expect(readText(path)).toContain('AZURE_CHECK_CLIENT_ID')
  for (const name of ['nightly-drift', 'fleet-drift', 'least-trust'])
    expect(readText(`examples/${name}.yml`)).toContain('${{ vars.AZURE_CHECK_CLIENT_ID }}')
})
