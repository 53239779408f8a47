import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createContoso } from 'azure-simulator/contoso'
import { isInstalled } from 'azure-simulator/runner/installed'
import { type Node, Language, Parser } from 'web-tree-sitter'
import { parse } from 'yaml'
import { builtInRoles as ownRoles, delegationCondition } from 'azure'
import { bindRoleCommand } from 'azure/src/grants.js'
import { readText } from '../../../scripts/readme-tables.js'
import { roles, setUps } from '../../../scripts/set-ups/set-ups.js'
import { documentedRoles, documentedRules, readerRules } from '../../support/documented-roles.js'
import { inScript } from '../../support/set-up-script.js'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The grammars that come as WebAssembly, by the language's name. */
const files = {
  bicep: require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm'),
  hcl: require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm'),
}

/** Parses a text. @returns the root of its syntax tree */
async function parseAs(language: keyof typeof files, text: string): Promise<Node> {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(files[language]))
  const tree = parser.parse(text)
  if (!tree) throw new Error(`${language}: nothing was parsed`)
  return tree.rootNode
}

/** The places where a text breaks the grammar, each with its line. */
function syntaxErrors(node: Node): string[] {
  if (node.isMissing || node.isError)
    return [`line ${node.startPosition.row + 1}: ${node.isMissing ? `no ${node.type}` : node.text.slice(0, 60)}`]
  return node.hasError ? node.children.flatMap(syntaxErrors) : []
}

/** All nodes of a type below a node. */
function nodesOf(node: Node, type: string): Node[] {
  return node.descendantsOfType(type)
}

const root = resolve(import.meta.dirname, '../../..')

function filesOf(...extensions: string[]): string[] {
  return readdirSync(resolve(root, 'docs/set-up'), { recursive: true, encoding: 'utf8' })
    .filter(name => extensions.includes(extname(name)))
    .map(name => `docs/set-up/${name}`)
}

/** A text without indentation and line breaks, which have no meaning in a condition. */
const squeeze = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** The texts of a list of strings, by the grammars that write lists alike. */
const stringsIn = (text: string): string[] => [...text.matchAll(/['"]([^'"]+)['"]/g)].map(([, item = '']) => item)

/** A rule with its resources in alphabetical order. */
const sorted = (rule: object): object =>
  Object.fromEntries(Object.entries(rule).map(([name, items]: [string, string[]]) => [name, items.toSorted()]))

/** A role assignment as a file has it. */
interface Assigned {
  role: string
  at: string
  isLimited: boolean
}

/** What the data says that a set-up assigns in Azure. What another option adds to an assignment is in its condition, not in a second one. */
function wantedOf(setUp: string): Assigned[] {
  return (setUps[setUp] ?? [])
    .filter(({ role, delegates }) => !roles[role]?.isInEntra && (setUp === 'attach' || !delegates))
    .map(({ role, at, delegates }) => ({ role: roles[role]?.name ?? '', at, isLimited: delegates !== undefined }))
}

describe('the roles of the set-ups', () => {
  test('are those of Azure and of docs/permissions.md', () => {
    const { world, deployer, registry } = createContoso()
    for (const { name, id } of Object.values(roles)) {
      if (id === undefined) continue
      const { roleDefinitionId } = world.assignRole({ principalId: deployer.objectId, role: name, scope: registry.id })
      expect(roleDefinitionId.endsWith(`/${id}`)).toBe(true)
    }
    for (const [key, { Name, Actions, DataActions }] of Object.entries(documentedRoles()))
      expect(roles[key]).toMatchObject({ name: Name, actions: Actions, dataActions: DataActions })
  })

  test.each([
    ['probe', undefined, documentedRules().nodes],
    ['probePods', 'shop', documentedRules().pods],
    ['reader', undefined, readerRules()],
  ] as const)('inside a cluster are those of the documents: %s', (key, namespace, documented) => {
    const at = {
      kind: 'cluster',
      name: 'aks-1',
      id: '/subscriptions/s/resourceGroups/rg/x',
      subscriptionId: 's',
    } as const
    const [, yaml = ''] =
      /echo "([^]+)" \| kubectl auth reconcile/.exec(bindRoleCommand(at, key, 'me', namespace)) ?? []
    const { items } = parse(yaml.replaceAll('\\"', '"')) as {
      items: { rules: object[]; metadata: { namespace?: string } }[]
    }
    const [, binding] = items
    expect(items[0]?.rules.map(sorted)).toEqual(documented.map(sorted))
    const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding'
    expect(binding).toMatchObject({ kind, subjects: [{ kind: 'User', name: 'me' }] })
    expect(items.map(({ metadata }) => metadata.namespace)).toEqual([namespace, namespace])
  })

  test('can be assigned with the condition: only those that may be', () => {
    const limited = Object.values(setUps).flatMap(grants =>
      grants.flatMap(({ delegates }) => (delegates ? [delegates] : [])),
    )
    expect(limited).toHaveLength(5)
    for (const delegates of limited)
      expect(delegates.map(key => roles[key]?.id)).toEqual([ownRoles.acrPull.id, ownRoles.repositoryReader.id])
  })
})

test.each(filesOf('.bicep', '.tf'))('%s has valid syntax', async path => {
  expect(syntaxErrors(await parseAs(path.endsWith('.tf') ? 'hcl' : 'bicep', readText(path)))).toEqual([])
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
  [/\/namespaces\/|namespace: /, 'namespace'],
  [/var\.clusters|cluster-role/, 'cluster'],
  [/var\.registries|registry-role/, 'registry'],
  [/var\.identities|identity-role/, 'identity'],
]
const placeOf = (text: string): string => places.find(([pattern]) => pattern.test(text))?.[1] ?? text

/** The part of a template that makes a set-up. */
const partOf = (text: string, setUp: string): string =>
  new RegExp(`^(?:#|//) set-up ${setUp}\n([^]*?)(?=^(?:#|//) set-up |^output )`, 'm').exec(
    text.replace(/^@desc.*\n(?=output)/m, ''),
  )?.[1] ?? ''

describe.each(['attach', 'identities', 'verify', 'run-command', 'images', 'check'])('the set-up %s', setUp => {
  let terraform: Node
  const bicep = partOf(readText('docs/set-up/main.bicep'), setUp)
  beforeAll(async () => {
    terraform = await parseAs('hcl', partOf(readText('docs/set-up/main.tf'), setUp))
  })

  test('assigns in Terraform what the data says', () => {
    const blocks = nodesOf(terraform, 'block')
    const definitions = blocks.filter(({ text }) => text.startsWith('resource "azurerm_role_definition"'))
    /** Names of the custom roles, by the label of their block. */
    const names = new Map(
      definitions.map(block => [stringsIn(block.text)[1], stringsIn(attributesOf(block).name ?? '')[0]]),
    )
    const assigned = blocks
      .filter(({ text }) => text.startsWith('resource "azurerm_role_assignment"'))
      .map(block => attributesOf(block))
    expect(
      assigned.map(
        ({ for_each: all = '', scope = '', role_definition_name: name, role_definition_id: id = '', condition }) => ({
          role: name ? stringsIn(name)[0] : names.get(/azurerm_role_definition\.(\w+)/.exec(id)?.[1]),
          at: placeOf(scope + all),
          isLimited: condition === 'local.condition',
        }),
      ),
    ).toEqual(wantedOf(setUp))
    for (const { principal_type: type, condition, condition_version: version } of assigned) {
      expect(type).toBe('"ServicePrincipal"')
      expect(version).toBe(condition && '"2.0"')
    }
  })

  test('assigns in Bicep what the data says', () => {
    const custom = new Map(
      [...bicep.matchAll(/^resource (\w+) '[^']*roleDefinitions@[^]+?\broleName: '([^']+)'/gm)].map(
        ([, label, name]) => [label, name] as const,
      ),
    )
    const nameOf = (id: string): string | undefined =>
      Object.values(roles).find(role => role.id !== undefined && id.includes(role.id))?.name ??
      custom.get(id.split('.')[0])
    const modules = bicep.split(/^module /m).filter(each => /-role\.bicep' = (?:\[for \w+ in .+: )?\{/.test(each))
    expect(
      modules.map(each => ({
        role: nameOf(/role(?:Definition)?Id: ([^\s,]+)/.exec(each)?.[1] ?? ''),
        at: placeOf(each),
        isLimited: each.includes('delegates: '),
      })),
    ).toEqual(wantedOf(setUp))
  })
})

/** The parts of the condition, with words for what differs: OF for the attribute's source, WHOM for the principals. */
function partsOfCondition(): string[] {
  const plain = (text: string): string =>
    squeeze(text).replaceAll(/@(?:Request|Resource)\[Microsoft\.Authorization\/roleAssignments/g, 'OF')
  const [byId, byType] = [{ principalIds: ['IDS'] }, { principalTypes: ['ServicePrincipal'] }].map(each =>
    plain(delegationCondition(each)),
  )
  const whom = [byId, byType].map(each => / AND (OF:Principal.+?)\)\) AND /.exec(each ?? '')?.[1] ?? '')
  const both = plain(delegationCondition({ principalIds: ['IDS'], principalTypes: ['ServicePrincipal'] }))
  expect(both).toContain(`(${whom.toReversed().join(' OR ')})`)
  const [write = '', never = ''] = (byId ?? '').split(/ AND (?=\(!)/)
  return [...whom, write.replace(whom[0] ?? '', 'WHOM').replace('/write', '/ACTION'), never]
}

test('Terraform and Bicep have the condition of the data, whoever it names', () => {
  const terraform = squeeze(readText('docs/set-up/main.tf'))
    .replaceAll('${join(", ", local.principals)}', 'IDS')
    .replaceAll('", "', '')
    .replaceAll('${of}', 'OF')
    .replaceAll('${action}', 'ACTION')
    .replaceAll(
      'AND ", length(local.whom[action]) > 1 ? "(${join(" OR ", local.whom[action])})" : join("", local.whom[action]), "',
      'AND WHOM',
    )
  const ids = /delegates: '([^']+)'/.exec(readText('docs/set-up/main.bicep'))?.[1] ?? ''
  const bicep = squeeze(readText('docs/set-up/modules/registry-role.bicep'))
    .replaceAll("\\'", "'")
    .replaceAll("${join(principals, ', ')}", 'IDS')
    .replaceAll('${delegates}', ids)
  for (const part of partsOfCondition()) expect(terraform).toContain(part)
  expect(terraform).toContain('${var.detach ? local.limits.delete : local.never}')
  expect(bicep).toContain('${deletes ? remove : never}')
  const [byId = '', byType = '', write = '', never = ''] = partsOfCondition()
  for (const part of [byId, byType].map(each => each.replace('OF', ''))) expect(bicep).toContain(part)
  expect(bicep).toContain(never)
  for (const [action, of] of [
    ['write', '${request}${roles} AND ${written}'],
    ['delete', '${old}${roles} AND ${deleted}'],
  ] as const)
    expect(bicep).toContain(write.replace('ACTION', action).replace(/OF:.+WHOM/, of))
  expect(write).toContain(`OF${/roles = '([^']+)'/.exec(bicep)?.[1] ?? 'nothing'}`)
})

describe('docs/set-up.sh', () => {
  const script = readText('docs/set-up.sh')

  test.each([
    ['one two', 'no', 'no', { principalIds: ['one', 'two'] }],
    ['one', 'no', 'yes', { principalIds: ['one'], deletes: true }],
    ['', 'yes', 'yes', { principalTypes: ['ServicePrincipal'], deletes: true }],
    ['one', 'yes', 'no', { principalTypes: ['ServicePrincipal'], principalIds: ['one'] }],
  ])('writes the condition of the data: for %s, anyone %s, delete %s', (ids, anyone, removes, delegation) => {
    const { lines } = inScript(`IDS='${ids}' ANYONE=${anyone} REMOVES=${removes}; condition`)
    expect(lines.join('\n')).toBe(squeeze(delegationCondition(delegation)))
  })

  test.skipIf(!isInstalled('shellcheck'))('is clean by shellcheck, and gives a reason for each exception', () => {
    const reasons = script.split('\n').filter(line => line.includes('shellcheck disable='))
    expect(reasons.filter(line => !/# shellcheck disable=[SC0-9,]+ # \w.{20,}/.test(line))).toEqual([])
    const { status, stdout } = spawnSync('shellcheck', [resolve(root, 'docs/set-up.sh')], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })
})
