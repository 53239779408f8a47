import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createContoso } from 'azure-simulator/contoso'
import { isInstalled } from 'azure-simulator/runner/installed'
import { type Node, Language, Parser } from 'web-tree-sitter'
import { parse } from 'yaml'
import { builtInRoles as ownRoles, delegationCondition } from 'azure'
import { bindRoleCommand } from 'azure/src/grants.js'
import { readText } from '../../../scripts/readme-tables.js'
import { generateSetUps, roles, setUps } from '../../../scripts/set-ups/set-ups.js'
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

/** The custom roles that a set-up defines, by name. */
function definitionsOf(setUp: string) {
  return [...new Set((setUps[setUp] ?? []).map(({ role }) => role))].flatMap(role => {
    const { name, id, description, actions = [], dataActions = [] } = roles[role] ?? { name: '' }
    return id === undefined && !roles[role]?.isInEntra ? { name, description, actions, dataActions } : []
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

  test('fill every set-up', () => {
    const all = generateSetUps()
    expect(all.map(({ path }) => path)).toEqual(['docs/set-up.sh', 'docs/set-up/main.bicep', 'docs/set-up/main.tf'])
    for (const { current, wanted } of all) {
      expect(current).toBe(wanted)
      expect(wanted).not.toMatch(/\{\{(?:id|name|description|actions|dataActions|pause\w+)\b/)
    }
  })
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
    const definitions = [...bicep.matchAll(/^resource (\w+) '[^']*roleDefinitions@[^]+?^\}/gm)].map(
      ([block, label = '']) => {
        const list = (name: string): string[] =>
          stringsIn(new RegExp(`\\b${name}: \\[([^\\]]*)\\]`).exec(block)?.[1] ?? '')
        const text = (name: string): string | undefined => new RegExp(`\\b${name}: '([^']+)'`).exec(block)?.[1]
        const [name, description] = [text('roleName'), text('description')]
        return [label, { name, description, actions: list('actions'), dataActions: list('dataActions') }] as const
      },
    )
    expect(definitions.map(([, definition]) => definition)).toEqual(definitionsOf(setUp))
    const custom = new Map(definitions)
    const nameOf = (id: string): string | undefined =>
      Object.values(roles).find(role => role.id !== undefined && id.includes(role.id))?.name ??
      custom.get(id.split('.')[0] ?? '')?.name
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

  test('names the roles of the data, with their IDs', () => {
    const named = [...script.matchAll(/["']([^"']+)["'] '?([0-9a-f]{8}-[0-9a-f-]{27})/g)].map(([, name, id]) => ({
      name,
      id,
    }))
    const used = new Set(Object.values(setUps).flatMap(grants => grants.map(({ role }) => role)))
    const builtIn = Object.entries(roles).filter(([key, { id }]) => id !== undefined && used.has(key))
    expect(builtIn).toHaveLength(7)
    for (const [key, { name, id = '' }] of builtIn)
      if (key === 'accessAdministrator') expect(script).toContain(`assignment_create ${id} `)
      else expect(named).toContainEqual({ name, id })
    expect(named.every(each => Object.values(roles).some(({ name, id }) => name === each.name && id === each.id))).toBe(
      true,
    )
  })

  test.each([
    ['one two', 'no', 'no', { principalIds: ['one', 'two'] }],
    ['one', 'no', 'yes', { principalIds: ['one'], deletes: true }],
    ['', 'yes', 'yes', { principalTypes: ['ServicePrincipal'], deletes: true }],
    ['one', 'yes', 'no', { principalTypes: ['ServicePrincipal'], principalIds: ['one'] }],
  ])('writes the condition of the data: for %s, anyone %s, delete %s', (ids, anyone, removes, delegation) => {
    const { lines } = inScript(`IDS='${ids}' ANYONE=${anyone} REMOVES=${removes}; condition`)
    expect(lines.join('\n')).toBe(squeeze(delegationCondition(delegation)))
  })

  test('defines the custom roles of the data', () => {
    const custom = Object.keys(setUps).flatMap(definitionsOf)
    expect(custom).toHaveLength(4)
    for (const { name, description, actions, dataActions } of custom) {
      const [key] = Object.entries(roles).find(each => each[1].name === name) ?? []
      const { lines } = inScript(
        `role ${key ?? ''}; printf '[%s]\\n' "$ROLE_NAME" "$DESCRIPTION" "$(sorted $ACTIONS)" "$(sorted $DATA_ACTIONS)"`,
      )
      expect(lines).toEqual(
        [name, description, ...[actions, dataActions].map(all => all.toSorted().join(' '))].map(
          each => `[${each ?? ''}]`,
        ),
      )
    }
  })

  test.skipIf(!isInstalled('shellcheck'))('is clean by shellcheck, and gives a reason for each exception', () => {
    const reasons = script.split('\n').filter(line => line.includes('shellcheck disable='))
    expect(reasons.filter(line => !/# shellcheck disable=[SC0-9,]+ # \w.{20,}/.test(line))).toEqual([])
    const { status, stdout } = spawnSync('shellcheck', [resolve(root, 'docs/set-up.sh')], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })
})

const inGroup = '/subscriptions/s/resourceGroups/rg-(prod)/providers'

describe('docs/set-up.sh understands', () => {
  test.each([
    ['aks-1, aks-2;aks_3  aks-4', ['aks-1', 'aks-2', 'aks_3', 'aks-4']],
    ['contosoacr.azurecr.io', ['contosoacr']],
    ['https://contosoacr-a1b2c3.azurecr.io/web:v1', ['contosoacr']],
    [`${inGroup}/M.C/c/aks-1`, [`${inGroup}/M.C/c/aks-1`]],
    [`https://portal.azure.com/#@contoso.com/resource${inGroup}/M.C/c/aks-1/overview`, [`${inGroup}/M.C/c/aks-1`]],
    ['*', ['*']],
  ])('%s as names', (text, names) => {
    expect(inScript(`plain '${text}'`).lines).toEqual(names)
  })

  test.each([
    ['contoso/shop', 'github.com contoso/shop https://token.actions.githubusercontent.com'],
    [
      'https://github.com/contoso/shop/tree/main',
      'github.com contoso/shop https://token.actions.githubusercontent.com',
    ],
    ['git@github.com:contoso/shop.git', 'github.com contoso/shop https://token.actions.githubusercontent.com'],
    ['https://ghes.example/contoso/shop.git', 'ghes.example contoso/shop https://ghes.example/_services/token'],
    ['contoso.ghe.com/a/b', 'contoso.ghe.com a/b https://token.actions.contoso.ghe.com'],
  ])('%s as a repository', (text, wanted) => {
    const { lines } = inScript(`read_options --repo '${text}' --clusters a; echo "$HOST $REPOSITORY $ISSUER"`)
    expect(lines).toEqual([wanted])
  })

  test.each([
    ['--clusters a', 'bash set-up.sh --repo'],
    ['--repo shop --clusters a', '--repo is OWNER/NAME or its URL, not shop.'],
    ['--repo a/b/c --clusters a', '--repo is OWNER/NAME or its URL, not a/b/c.'],
    ['--repo a/b', 'Name clusters or registries'],
    ['--repo a/b --clusters', '--clusters needs a value'],
    ['--repo a/b --clusters --yes', '--clusters needs a value'],
    ['--repo a/b --cluster c', 'There is no option --cluster.'],
    ['--repo a/b c', 'c belongs to no option.'],
    ['--repo a/b --repo c/d --clusters e', '--repo was given twice.'],
    ['--repo a/b --branch c --environment d --clusters e', 'Use --branch or --environment'],
    ["--repo a/b --branch 'x\"' --clusters e", 'Names with quotes'],
    ["--repo a/b --clusters '*'", 'only works with --check'],
    ['--repo a/b --clusters c --workflow attach', '--workflow is a file in .github/workflows'],
    ["--repo a/b --clusters c --workflow '*.yml'", '--workflow is one file'],
    ["--repo a/b --clusters c --workflow 'attac?.yaml'", '--workflow is one file'],
    ['--repo a/b --clusters c --no-images', 'There is no --no-images any more'],
    ["--repo a/b --clusters c --name 'my id'", 'Only the name of an environment or a group can have blanks.'],
    ["--repo a/b --clusters c --group 'x$y'", 'Names with quotes'],
    [`--repo a/b --clusters "c'd"`, '--clusters, --registries and --identities are names or resource IDs'],
    ['--repo a/b --clusters c --probe-namespace a/b', '--probe-namespace and --deploy are the name of a namespace'],
    ["--repo a/b --clusters c --deploy 'a b'", '--probe-namespace and --deploy are the name of a namespace'],
    ["--repo a/b --clusters c --action 'x y'", '--action is OWNER/attach-acr@REF'],
    ['--repo a/b --clusters c --check --detach', '--check only reads'],
    ['--repo a/b --clusters c --check --group g', '--check only reads'],
    ['--repo a/b --clusters c --run-command --built-in-roles', 'No built-in role has only Run Command'],
    ['--repo ghes.example/a/b --clusters c --workflow a.yml', '--workflow needs github.com'],
    ['--repo a/b --clusters c --workflow a.yml --identity-group rg', '--workflow needs an application'],
  ])('that %s is wrong', (options, message) => {
    const { status, stderr } = inScript(`main ${options}`)
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('repeated options, and those with =', () => {
    const { lines } = inScript(
      'read_options --repo=a/b --clusters c d --registries e --clusters=f,g --check; echo $CLUSTERS, $REGISTRIES, $MODE',
    )
    expect(lines).toEqual(['c d f g, e, check'])
  })

  test.each([
    ['attach', '', '', '${{ vars.AZURE_SUBSCRIPTION_ID }}'],
    ['check', 'production', 's', '${{ vars.AZURE_SUBSCRIPTION_ID }}'],
    ['check', '', 'another', 's'],
  ])(
    'what a workflow with mode: %s looks like, and puts it into a link (%s, %s)',
    (mode, environment, set, lookedUp) => {
      const rows = `CLUSTER_ROWS=' ${inGroup}/M.C/c/aks-1|azure ${inGroup}/M.C/c/aks-2|local' REGISTRY_ROWS=' ${inGroup}/M.R/r/acr|-'`
      const known = `${rows} MODE=${mode} ENVIRONMENT='${environment}' BRANCH='feat/é' VARIABLE=AZURE_CLIENT_ID SUBSCRIPTION=s LOOK=$(mktemp -d)`
      const variables = `printf '${set && `AZURE_SUBSCRIPTION_ID\\t${set}`}\\n' >$LOOK/variables`
      const { lines } = inScript(`${known}; ${variables}; workflow; echo ---; encode "$(workflow)"`)
      const [text = '', encoded = ''] = lines.join('\n').split('\n---\n')
      expect(decodeURIComponent(encoded)).toBe(text)
      const { jobs } = parse(text) as {
        jobs: Record<string, { environment?: string; steps: { with: Record<string, string> }[] }>
      }
      expect(jobs[mode]?.environment ?? '').toBe(environment)
      expect(jobs[mode]?.steps[0]?.with).toMatchObject({
        'client-id': '${{ vars.AZURE_CLIENT_ID }}',
        'subscription-id': lookedUp,
        cluster: `${inGroup}/M.C/c/aks-1\n${inGroup}/M.C/c/aks-2\n`,
        registry: `${inGroup}/M.R/r/acr\n`,
        ...(mode === 'check' ? { mode } : { verify: 'pull' }),
      })
    },
  )

  test('half of itself as nothing', () => {
    const script = readText('docs/set-up.sh')
    for (const part of [0.3, 0.6, 0.95, 1 - 6 / script.length]) {
      const { lines } = inScript('', {})
      expect(lines).toEqual([''])
      const end = spawnSync('bash', ['-s'], { input: script.slice(0, script.length * part), encoding: 'utf8' })
      expect(end.stdout).toBe('')
    }
  })
})

test('the identity that only checks has the variable that the examples use', () => {
  const pages = ['docs/set-up.md', 'docs/set-up.sh']
  for (const path of pages) expect(readText(path)).toContain('AZURE_CHECK_CLIENT_ID')
  for (const name of ['nightly-drift', 'fleet-drift', 'least-trust'])
    expect(readText(`examples/${name}.yml`)).toContain('${{ vars.AZURE_CHECK_CLIENT_ID }}')
})
