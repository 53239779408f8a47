// docs/set-up.sh with stand-ins for az and gh: what it makes of their answers, a file per topic in set-up-script/, which `npx vitest run -u` writes. What the
// real az does is in __tests__/conformance/set-up.test.ts.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { delegationCondition, type Delegation } from 'azure'
import { readText } from '../../../scripts/readme-tables.js'
import { printCatalogue, sayScopes } from '../../support/catalogue.js'
import { inScript, runWithStandIns, type Answers } from '../../support/set-up-script.js'

const inGroup = (subscription: string): string => `/subscriptions/${subscription}/resourceGroups/rg/providers`
const clusterIn = (subscription: string, name: string): string =>
  `${inGroup(subscription)}/Microsoft.ContainerService/managedClusters/${name}`
const cluster = clusterIn('s', 'aks-1')
const registry = `${inGroup('s')}/Microsoft.ContainerRegistry/registries/contosoacr`

/** An owner of two subscriptions, and a repository without variables. */
const az: Answers = [
  ['account show', 's\tContoso\tt\tme\tAzureCloud'],
  ['account list', 's\tContoso\ns2\tContoso US'],
  ['aks list', `${cluster}|azure|public|pulls-1|msi`],
  ['acr list', `${registry}|-`],
  ['/permissions?', '*\t-'],
  ['--method post --url https://graph.microsoft.com/v1.0/applications', 'the-client'],
  ['ad sp create', 'the-principal'],
  ['role definition create', 'the-role'],
  ['', ''],
]
const gh: Answers = [
  ['repos/contoso/shop --jq', 'contoso/shop\tmain\ttrue\t1296269'],
  ['customization/sub', 'true\t-'],
  ['/contents/', { fails: 'gh: Not Found (HTTP 404)' }],
  ['/branches/', 'true'],
  ['', ''],
]
const row = (...fields: string[]): string => fields.join('\t')

interface World {
  az?: Answers
  gh?: Answers
  onWindows?: boolean
}

const conditionOf = (delegation: Delegation): string => delegationCondition(delegation).replaceAll(/\s+/g, ' ')
/** What the identity may assign roles to, in words. */
const limits = new Map(
  (
    [
      ['pulls-1', { principalIds: ['pulls-1'] }],
      ['pulls-1, also to delete', { principalIds: ['pulls-1'], deletes: true }],
      ['pulls-0 and pulls-1', { principalIds: ['pulls-0', 'pulls-1'] }],
      ['pulls-1 and the group g1', { principalIds: ['g1', 'pulls-1'] }],
      ['old-principal', { principalIds: ['old-principal'] }],
    ] satisfies [string, Delegation][]
  ).map(([words, delegation]) => [conditionOf(delegation), words]),
)
const inWords = (text: string): string =>
  [...limits].reduce((rest, [condition, words]) => rest.replaceAll(condition, `only to ${words}`), text)

const isWrite = (command: string): boolean =>
  / (?:create|update|delete|set|import|add|remove) |--method (?:post|put)/.test(command)
/** What a review reads of a command that writes; of the others, the plan says as much. */
const partOf = (command: string): string => {
  const [expression] = /"claimsMatchingExpression".*?"languageVersion"/.exec(command) ?? []
  const [, condition] = / --condition (.*?) --condition-version/.exec(command) ?? []
  const isShown = /^gh variable|^az (?:ad group|acr import|.* delete )/.test(command)
  return (
    expression ??
    (condition ? `can assign roles ${inWords(condition)}` : isShown ? command.replace(/ $/, ' (a blank)') : '')
  )
}

/** What a run does: how it ends, what it says and plans, what it writes, and the workflow behind its link. */
function report(options: string, world: World): string[] {
  const { status, stderr, lines, asked } = runWithStandIns(`${options} --yes`, world)
  const [, text = ''] = lines.find(line => line.includes('&value='))?.split('&value=') ?? []
  const said = lines.filter(line => /^ {2}\S |^Replace |^AZURE_\w+=|: az acr import/.test(line))
  const writes = asked.filter(isWrite)
  const without = asked[0] ? (writes.length > 0 ? '' : ', and writes nothing') : ' before it asks anything'
  const end = status === 0 ? '' : `ends with ${status}${without}`
  const shown = [
    end,
    ...stderr.split('\n').filter(line => line !== 'Nothing was written:'),
    ...said,
    without ? '' : `${writes.length} writes`,
    ...writes.map(partOf),
  ]
  const workflow = decodeURIComponent(text).split('\n')
  return [
    ...shown.flatMap(line => inWords(line).trim() || []),
    ...workflow.flatMap(line => (line.trim() ? `workflow: ${line.trim()}` : [])),
  ]
}
/** The same with one line for the workflow. */
const gather = (lines: string[]): string[] => {
  const [workflow, others] = [true, false].map(is => lines.filter(line => line.startsWith('workflow: ') === is))
  const text = workflow?.map(line => line.slice('workflow: '.length)).join(' | ')
  return [...(others ?? []), ...(text ? [`workflow: ${text}`] : [])]
}
const usual = '--repo contoso/shop --clusters aks-1 --registries contosoacr'
let before: string[] | undefined
/** How a run differs from a usual one: what only it does, and what only the usual one does. */
function run(more: string, first: World = {}, given = usual): string[] {
  before ??= report(usual, { az, gh })
  const all = { az: [...(first.az ?? []), ...az], gh: [...(first.gh ?? []), ...gh] }
  const now = report(`${given} ${more}`, { ...first, ...all })
  const gone = now[0]?.startsWith('ends with') ? [] : before.filter(line => !now.includes(line))
  const fresh = gather(now.filter(line => !before?.includes(line)))
  return [...fresh, ...(gone.length > 0 ? [`not: ${gather(gone).join(' | ')}`] : [])]
}
/** What commands print that use the functions of the script. */
const script = (commands: string): string[] => {
  const { stderr, lines } = inScript(commands)
  return [...stderr.trim().split('\n'), ...lines].filter(Boolean).map(inWords)
}
const refused = (options: string): string => {
  const { status, stderr } = inScript(`main ${options}`)
  return `${status}: ${stderr.trim().split('\n')[0] ?? ''}`
}
const understood = (options: string): string[] =>
  script(`read_options ${options}; echo "$HOST $REPOSITORY $ISSUER, $CLUSTERS, $REGISTRIES, $MODE"`)
const named = (text: string): string => script(`plain '${text}'`).join(', ')
const portal = `https://portal.azure.com/#@contoso.com/resource${cluster}/overview`
const ofOne = '--repo a/b --clusters c'

/** The options that are refused, by what is wrong with them. */
const wrong: [string, string][] = [
  ['no repository', '--clusters a'],
  ['a repository without an owner', '--repo shop --clusters a'],
  ['a repository with a folder', '--repo a/b/c --clusters a'],
  ['neither clusters nor registries', '--repo a/b'],
  ['clusters without a value', '--repo a/b --clusters'],
  ['clusters with an option as value', '--repo a/b --clusters --yes'],
  ['an option that there is not', '--repo a/b --cluster c'],
  ['a word without an option', '--repo a/b c'],
  ['a second repository', '--repo a/b --repo c/d --clusters e'],
  ['a branch and an environment', '--repo a/b --branch c --environment d --clusters e'],
  ['a branch with a quote', `--repo a/b --branch 'x"' --clusters e`],
  ['all clusters, without --check', "--repo a/b --clusters '*'"],
  ['a workflow that is no file', `${ofOne} --workflow attach`],
  ['several workflow files by *', `${ofOne} --workflow '*.yml'`],
  ['several workflow files by ?', `${ofOne} --workflow 'attac?.yaml'`],
  ['an older option, which another one replaces', `${ofOne} --no-images`],
  ['a name with a blank', `${ofOne} --name 'my id'`],
  ['a group with a dollar sign', `${ofOne} --group 'x$y'`],
  ['a cluster with a quote', `--repo a/b --clusters "c'd"`],
  ['a namespace for probes with a slash', `${ofOne} --probe-namespace a/b`],
  ['a namespace to deploy to with a blank', `${ofOne} --deploy 'a b'`],
  ['an action with a blank', `${ofOne} --action 'x y'`],
  ['--check with --detach', `${ofOne} --check --detach`],
  ['--check with a group', `${ofOne} --check --group g`],
  ['Run Command with built-in roles', `${ofOne} --run-command --built-in-roles`],
  ['one workflow file on another host', '--repo ghes.example/a/b --clusters c --workflow a.yml'],
  ['one workflow file with a managed identity', `${ofOne} --workflow a.yml --identity-group rg`],
]

const fails = (text: string): Answers => [['', { fails: text }]]
const variable = (id: string): World => ({ gh: [['variable list', `AZURE_SUBSCRIPTION_ID\t${id}\t2026-11-29`]] })
const own: Answers = [
  ['v1.0/applications', 'ours\tour-client\t-\t0\t-'],
  ['v1.0/servicePrincipals', 'our-client\tour-principal'],
]
const secretsIn = (where: string): World => ({
  az: own,
  gh: [
    [where, 'AZURE_CLIENT_ID\t2026-11-29\nAZURE_TENANT_ID\t2026-11-29'],
    ['/environments/', 'true'],
  ],
})
const forbidden = { fails: 'failed: HTTP 403: Resource not accessible by integration' }
/** What a workflow lacks that is there already. */
const lacks = (cluster: string): string[] =>
  script(
    `LOOK=$(mktemp -d) FILE=.github/workflows/attach.yml CLUSTER_ROWS='${clusterIn('s', 'aks-1')}|local' REGISTRY_ROWS='${registry}|-'
    printf '%s' 'uses: contoso/attach-acr@v1\n cluster: ${cluster}' >$LOOK/file; next_step`,
  )

/** Plans and writes the role at the registry, which the identity has with this description and condition. */
const delegated = (text: string, settings: string): string[] => {
  const held = ['me', registry, '/roles/f58310d9-a9f6-439a-9e8d-f62e7b41a168', `${registry}/assignments/a1`, text]
  return script(
    `MARK='attach-acr for contoso/shop' OBJECT_ID=me SUBSCRIPTION=s PULLERS=pulls-1 NAMES_OF_PULLERS=$'pulls-1\\taks-1\\n'
    HELD=$(printf '%b' "$(cat <<'END'\n${held.join('\\t')}\nEND\n)"); az() { echo "az $*"; }; ${settings}
    delegate ${registry}; WRITES=yes; delegate ${registry}`,
  ).flatMap(line => (/^ {2}\S /.test(line) ? line : /"condition": "[^"]+"/.exec(line)?.[0] || []))
}
const ours = (delegation: Delegation): string => `["attach-acr for contoso/shop","${conditionOf(delegation)}"]`
const [earlier, added] = [ours({ principalIds: ['pulls-0'] }), ours({ principalIds: ['pulls-0', 'pulls-1'] })]
const checked = (...pullers: string[]): string[] =>
  script(
    `OBJECT_ID='' HELD='' REGISTRY_ROWS='${registry}|-' PULLERS='${pullers.join(' ')}'; check_delegations; echo "$PROBLEMS"`,
  )
const ids = (length: number) =>
  Array.from({ length }, (_, at) => `${String(at).padStart(4, '0')}51dd-a4ed-4680-a7ca-43fe172d538d`)
const toCome = '/subscriptions/s/userAssignedIdentities/to-come|pulls-3'
const [here, old] = ['/subscriptions/s/c/aks-1|azure|public|pulls-1|-', '/subscriptions/s/c/aks-2|azure|public|-|app']

/** What is said of a cluster, and whether its identity may use Run Command. */
const administers = (kind: string, settings: string): string[] => {
  const lines = script(
    `LOOK=$(mktemp -d) SUBSCRIPTION=s CLUSTERS=aks-1 ${settings}
    echo '${cluster}|${kind}|pulls-1|msi' >$LOOK/cluster-current
    resolve_resources; warn_of_clusters; choose_custom_roles; echo "custom roles: $CUSTOM"`,
  )
  return lines.filter(line => /^ {2}! |^custom/.test(line))
}

const assigned = (
  subscription: string,
  id: string,
  principal = 'the-principal',
  mark = 'attach-acr for contoso/shop',
) =>
  row(
    ...[principal, mark, `/subscriptions/${subscription}/assignments/${id}`, '/roles/the-role', 'AKS Probe'],
    ...[clusterIn(subscription, id), '["PrincipalId {pullers-id}"]'],
  )
const far = assigned('s2', 'aks-us')
/** Takes back what was set up in two subscriptions. @param left assignments of the role in the second one */
const remove = (left: string[], scopes = '/subscriptions/s /subscriptions/s2', first: Answers = []): string[] =>
  report('--repo contoso/shop --remove', {
    az: [
      ...first,
      ['v1.0/applications', 'gh-attach-acr\tthe-client\tattach-acr contoso/shop\t0\t-'],
      ['v1.0/servicePrincipals', 'the-client\tthe-principal'],
      ['assignment list --all --subscription s2', left.join('\n')],
      ['assignment list --all --subscription s', assigned('s', 'aks-1')],
      ['role definition list', `the-role\tAKS Probe\t${scopes}`],
      ...az,
    ],
    gh,
  }).filter(line => /^(?:ends|=|az) /.test(line))

const topics: Record<string, () => Record<string, string | string[]>> = {
  options: () => ({
    ...Object.fromEntries(wrong.map(([what, options]) => [`refused: ${what}`, refused(options)])),
    'names are read with commas, semicolons and blanks': named('aks-1, aks-2;aks_3  aks-4'),
    'a registry is read by its login server': named('contosoacr.azurecr.io'),
    'a registry is read by the address of an image': named('https://contosoacr-a1b2c3.azurecr.io/web:v1'),
    'a cluster is read by its ID': named(cluster),
    'a cluster is read by its page in the portal': named(portal),
    'all clusters are read by a star': named('*'),
    'a repository is read by its name': understood('--repo contoso/shop --clusters a'),
    'a repository is read by its page': understood('--repo https://github.com/contoso/shop/tree/main --clusters a'),
    'a repository is read by its SSH address': understood('--repo git@github.com:contoso/shop.git --clusters a'),
    'a server has its own issuer': understood('--repo https://ghes.example/contoso/shop.git --clusters a'),
    'a tenant of ghe.com has its own issuer': understood('--repo contoso.ghe.com/a/b --clusters a'),
    'options can be repeated, and have =': understood(
      '--repo=a/b --clusters c d --registries e --clusters=f,g --check',
    ),
  }),
  'a set-up': () => ({
    'a usual run writes what it plans, and links to the workflow': gather(report(usual, { az, gh })),
    'on Windows, where lines end with CR LF and bash rewrites paths, it does the same': run('', { onWindows: true }),
    'neither program is installed: both are named, and nothing is asked': report(usual, {}),
    'gh is not installed: it is named, and nothing is asked': report(usual, { az }),
    'az is not installed: it is named, and nothing is asked': report(usual, { gh }),
    'gh is signed out: said with its first line': run('', {
      gh: fails(
        'To get started with GitHub CLI, please run:  gh auth login\nAlternatively, populate the GH_TOKEN variable.',
      ),
    }),
    'the token of gh is refused: it is signed out, too': run('', {
      gh: fails('gh: Bad credentials (HTTP 401)\nTry authenticating with:  gh auth login'),
    }),
    'gh sees no such repository: that is no matter of signing in': run('', {
      gh: fails('gh: Not Found (HTTP 404)\n\nUsage:  gh api <endpoint> [flags]'),
    }),
    'az is signed out: said once with its error, not with the advice after it': run('', {
      az: fails("WARNING: old\nERROR: Please run 'az login' to setup account.\nTo learn more, see the documentation."),
    }),
    'several workflow files by *: nothing is asked': run("--workflow 'attach*.yml'"),
    'several workflow files by ?: nothing is asked': run("--workflow 'attac?.yml'"),
    'one workflow file signs in, of the repository with this ID': run('--workflow attach.yml'),
    'the variable of another subscription stays, and the workflow has the ID of this one': run('', variable('s0')),
    'the variable of this subscription stays, and the workflow uses it': run('', variable('s')),
  }),
  'what is there already': () => ({
    'a secret of that name is told, and the workflow has the new variable': run('', {
      gh: [['secret list', 'AZURE_CLIENT_ID\t2026-11-29']],
    }),
    'IDs that are secrets stay secrets with an application of yours': run(
      '--client-id our-client',
      secretsIn('secret list --repo contoso/shop'),
    ),
    'secrets of the organization stay, too': run('--client-id our-client', secretsIn('organization-secrets')),
    'secrets of the environment stay, too': run(
      '--environment production --client-id our-client',
      secretsIn('--env production'),
    ),
    'GitHub refuses to set variables: they are printed, and the rest is done': run('', {
      gh: [['variable set', forbidden]],
    }),
    'GitHub refuses to list variables: they are printed, and the rest is done': run('', {
      gh: [['variable list', forbidden]],
    }),
    'GitHub fails in another way: it stops': run('', { gh: [['variable set', { fails: 'HTTP 500' }]] })[0] ?? '',
    'the workflow has another cluster: only ours is to be added': lacks('aks-0\n registry: contosoacr'),
    'the workflow has all, in other letters: nothing is to be added': lacks('AKS-1\n registry: contosoacr'),
    'the workflow has a longer name: ours is to be added': lacks('aks-10'),
    'other roles of the application at the named resources are named': run('--client-id our-client', {
      az: [
        ['/roles/contributor?', 'Contributor'],
        [
          '/roleAssignments?',
          row('our-principal', '/subscriptions/s', '/roles/contributor', '/assignments/c1', '[null,null]'),
        ],
        ...own,
      ],
    }),
    'a custom role of that name that allows something else is refused': run('', {
      az: [
        [
          'role definition list --name AKS Probe --',
          ['the-role', '/subscriptions/s', 'Microsoft.ContainerService/managedClusters/*', '0'].join('|'),
        ],
      ],
    }),
  }),
  'the workflow': () => ({
    'with --deploy and --action, it has the job that deploys': run('--deploy shop --action contoso-labs/attach-acr@v1'),
    'with --check, it keeps the drift issue': run('--check'),
    'with other options, it has their inputs, and the roles for them are assigned': run(
      "--group 'acr pullers' --run-command --probe-namespace probes",
      { az: [['ad group show', 'g1\tacr pullers']] },
    ),
    // Not attach-acr: scripts/release/owner.sh would put the account in here.
    'without an account and a terminal, whose action it is stays open, and is said': run('--action OWNER/action@v1'),
    'with another branch, it has its name, whatever letters it has': run("--branch 'feat/é'"),
  }),
  'what the identity can assign': () => ({
    'roles to a cluster with a service principal, by its object ID': run('', {
      az: [
        ['aks list', `${cluster}|local|public|-|old-client`],
        ['ad sp show --id old-client', 'old-principal'],
      ],
    }),
    'roles to the identities of named clusters, of old ones, and of clusters to come': script(
      `CLUSTER_ROWS='${here} ${old}' IDENTITY_ROWS='${toCome}' LOOK=$(mktemp -d)
      echo pulls-2 >"$LOOK/puller-$(key '${old}')"; find_pullers; echo $PULLERS`,
    ),
    'roles to a cluster of an earlier run, too': delegated(earlier, 'ANY=no'),
    'nothing more, where an earlier run allowed all of it': delegated(added, 'DELETES=no'),
    'to delete them, too': delegated(ours({ principalIds: ['pulls-1'] }), 'DELETES=yes'),
    'less than earlier runs allowed, if it is told to narrow': delegated(
      ours({ principalTypes: ['ServicePrincipal'], deletes: true }),
      'NARROW=yes',
    ),
    'to any service principal, where an earlier run allowed that': delegated(
      ours({ principalTypes: ['ServicePrincipal'] }),
      'ANY=yes PULLERS=',
    ),
    'what has no condition stays as it is, and is said': delegated('["attach-acr for contoso/shop",null]', ''),
    'a condition that the script did not write stays, and is said': delegated(earlier.replace('AND', 'OR'), ''),
    'what somebody else assigned stays, and is said': delegated(
      `["by hand","${conditionOf({ principalIds: ['pulls-0'] })}"]`,
      '',
    ),
    'what an earlier run allowed in addition stays, and is said': delegated(
      ours({ principalIds: ['pulls-1'], deletes: true }),
      '',
    ),
    'nothing to nobody: clusters must be named': checked(),
    'no more than a condition can have': checked(...ids(220)),
    'as much as a condition can have': checked(...ids(100)),
    'nothing to a cluster without an identity': run('', { az: [['aks list', `${cluster}|local|public|-|msi`]] }),
  }),
  'images and kubeconfigs': () => ({
    'the pause image is not imported where the identity imports images': run('--images'),
    'the pause image is not imported where no pull is proven': run('--no-verify'),
    'the pause image is not imported where it is there': run('', {
      az: [['acr repository show', 'attach-acr/pause:3.10.2']],
    }),
    'the pause image is not imported without permission, and how to do it is said': run('--built-in-roles', {
      az: [['/permissions?', 'Microsoft.Authorization/*\t-']],
    }),
    'an import that fails is said, with the command, and the rest is done': run('', {
      az: [['acr import', { fails: 'ERROR: blocked by policy' }]],
    }),
    'a cluster with local accounts is named: its kubeconfig administers it': administers('local|public', 'VERIFY=yes'),
    'a cluster with local accounts is not named without a pull': administers('local|public', 'VERIFY=no'),
    'a cluster with Entra ID is not named': administers('azure|public', ''),
    'Run Command is named where it is asked for': administers('azure|public', 'RUN_COMMAND=yes'),
    'Run Command is named where the cluster is private': administers('azure|private', 'VERIFY=yes'),
    'a private cluster is named where no role can be made for Run Command': administers(
      'azure|private',
      'CUSTOM_ROLES=no',
    ),
  }),
  'taking it back, after two subscriptions': () => ({
    'the assignments in both, the role and the identity go': remove([far]),
    'the ownership of a group goes, if the identity could assign roles to it': remove([far], undefined, [
      ['ownedObjects', 'pullers-id\tacr pullers\nothers-id\tothers'],
    ]),
    'the role goes, too, where an earlier run has deleted the assignment in one of them': remove([]),
    'a role stays that others are assigned': remove([far, assigned('s2', 'aks-eu', 'them', '-')]),
    'a role stays that can be assigned where you see nothing': remove([far], '/subscriptions/s /subscriptions/s9'),
  }),
}

test.each(Object.keys(topics))('docs/set-up.sh does as in set-up-script/: %s', async topic => {
  const text = printCatalogue(topics[topic]?.() ?? {}, said => [said].flat().map(sayScopes))
  await expect(text).toMatchFileSnapshot(`set-up-script/${topic.replaceAll(/\W+/g, '-')}.txt`)
})

test('half of docs/set-up.sh does nothing', () => {
  const text = readText('docs/set-up.sh')
  for (const part of [0.3, 0.6, 0.95, 1 - 6 / text.length]) {
    const end = spawnSync('bash', ['-s'], { input: text.slice(0, text.length * part), encoding: 'utf8' })
    expect(end.stdout).toBe('')
  }
})
