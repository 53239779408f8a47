// docs/set-up.sh with stand-ins for az and gh: what it makes of their answers. What the real az does is in __tests__/conformance/set-up.test.ts.
import { describe, expect, test } from 'vitest'
import { delegationCondition, type Delegation } from 'azure'
import { parse } from 'yaml'
import { inScript, runWithStandIns, type Answers } from '../../support/set-up-script.js'

const inGroup = (subscription: string): string => `/subscriptions/${subscription}/resourceGroups/rg/providers`
const clusterIn = (subscription: string, name: string): string =>
  `${inGroup(subscription)}/Microsoft.ContainerService/managedClusters/${name}`
const registry = `${inGroup('s1')}/Microsoft.ContainerRegistry/registries/contosoacr`

/** An owner of two subscriptions, and a repository without variables. */
const az: Answers = [
  ['account show', 's1\tContoso\tt1\tme\tAzureCloud'],
  ['account list', 's1\tContoso\ns2\tContoso US'],
  ['aks list', `${clusterIn('s1', 'aks-1')}|azure|public|pulls-1|msi`],
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
const usual = '--repo contoso/shop --clusters aks-1 --registries contosoacr'
const withVariable = (id: string): Answers => [['variable list', `AZURE_SUBSCRIPTION_ID\t${id}\t2026-11-29`], ...gh]

/** The lines of a plan that begin with this sign. */
const planned = (lines: string[], sign: string): string[] =>
  lines.filter(line => line.startsWith(`  ${sign} `)).map(line => line.slice(4))

/** The commands that write. */
const written = (asked: string[]): string[] =>
  asked.filter(each => / (?:create|update|delete|set|import|add|remove) |--method (?:post|put)/.test(each))

describe('docs/set-up.sh', () => {
  test('does the same on Windows, where az ends lines with CR LF and bash rewrites what begins with a slash', () => {
    const [here, there] = [false, true].map(onWindows => {
      const { asked, ...end } = runWithStandIns(`${usual} --yes`, { az, gh, onWindows })
      return { ...end, asked: asked.toSorted() }
    })
    expect(here).toMatchObject({ status: 0, stderr: '' })
    expect(planned(here?.lines ?? [], '+')).toHaveLength(14)
    expect(there).toEqual(here)
  })

  test.each([
    [
      {},
      [
        'az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli',
        'gh is not installed: https://cli.github.com',
      ],
    ],
    [{ az }, ['gh is not installed: https://cli.github.com']],
    [{ gh }, ['az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli']],
  ])('names what is not installed, and asks nothing (%#)', (installed, problems) => {
    const { status, stderr, asked } = runWithStandIns(usual, installed)
    expect([status, stderr.trim().split('\n').slice(1), asked]).toEqual([1, problems.map(each => `- ${each}`), ['']])
  })

  test.each([
    [
      'its token is refused',
      'gh: Bad credentials (HTTP 401)\nTry authenticating with:  gh auth login',
      'gh is not signed in to github.com (gh: Bad credentials (HTTP 401)). Run: gh auth login --hostname github.com',
    ],
    [
      'nobody has signed in',
      'To get started with GitHub CLI, please run:  gh auth login\nAlternatively, populate the GH_TOKEN environment variable.',
      'gh is not signed in to github.com (To get started with GitHub CLI, please run:  gh auth login). Run: gh auth login --hostname github.com',
    ],
    [
      'it sees no such repository',
      'gh: Not Found (HTTP 404)\n\nUsage:  gh api <endpoint> [flags]',
      'gh can see no repository contoso/shop on github.com (gh: Not Found (HTTP 404)). Check the name, and with gh auth status who you are.',
    ],
  ])('says with the first line of gh why it fails: %s', (_, fails, problem) => {
    const { status, stderr } = runWithStandIns(usual, { az, gh: [['', { fails }]] })
    expect([status, stderr.trim().split('\n').slice(1)]).toEqual([1, [`- ${problem}`]])
  })

  test('says once that az is signed out, with its error and not the advice after it', () => {
    const fails = "WARNING: old\nERROR: Please run 'az login' to setup account.\nTo learn more, see the documentation."
    const { status, stderr } = runWithStandIns(usual, { az: [['', { fails }]], gh })
    const problem = "- az is not signed in (ERROR: Please run 'az login' to setup account.). Run: az login"
    expect([status, stderr.trim().split('\n').slice(1)]).toEqual([1, [problem]])
  })

  test.each(['attach*.yml', 'attac?.yml'])('asks nothing for the workflow files %s', files => {
    const { status, asked } = runWithStandIns(`${usual} --workflow '${files}' --yes`, { az, gh })
    expect([status, asked]).toEqual([2, ['']])
  })

  test('lets one workflow file in, of the repository with this ID', () => {
    const { asked } = runWithStandIns(`${usual} --workflow attach.yml --yes`, { az, gh })
    const [body = '{}'] = asked.flatMap(each => /--body (\{.*claimsMatchingExpression.*\})$/.exec(each)?.[1] ?? [])
    expect(JSON.parse(body)).toMatchObject({
      description: 'attach-acr for contoso/shop',
      claimsMatchingExpression: {
        value:
          "claims['sub'] eq 'repo:contoso/shop:ref:refs/heads/main' and claims['repository_id'] eq '1296269' and claims['job_workflow_ref'] matches 'contoso/shop/.github/workflows/attach.yml@refs/heads/main'",
      },
    })
  })

  test.each([
    ['s0', 's1', ['variable AZURE_SUBSCRIPTION_ID, which stays s0: the step gets subscription-id: s1']],
    ['s1', '${{ vars.AZURE_SUBSCRIPTION_ID }}', ['variable AZURE_SUBSCRIPTION_ID']],
  ])('leaves the variable of a fleet at %s, and its workflow has subscription-id: %s', (variable, input, kept) => {
    const { status, stderr, lines, asked } = runWithStandIns(`${usual} --yes`, { az, gh: withVariable(variable) })
    expect([status, stderr]).toEqual([0, ''])
    expect(planned(lines, '=')).toEqual(kept)
    expect(decodeURIComponent(lines.at(-1) ?? '')).toContain(`subscription-id: ${input}\n`)
    expect(asked.filter(each => each.startsWith('gh variable set')).map(each => each.split(' ')[3])).toEqual([
      'AZURE_CLIENT_ID',
      'AZURE_TENANT_ID',
    ])
  })
})

/** Runs the script with answers before the usual ones, and expects that it ends well. */
function runWith(options: string, more: { az?: Answers; gh?: Answers }) {
  const end = runWithStandIns(`${options} --yes`, { az: [...(more.az ?? []), ...az], gh: [...(more.gh ?? []), ...gh] })
  expect([end.status, end.stderr]).toEqual([0, ''])
  return {
    ...end,
    workflow: decodeURIComponent(end.lines.find(line => line.includes('&value=')) ?? '').split('&value=')[1] ?? '',
  }
}

/** Runs the script with answers before the usual ones. @returns what it says is wrong; it has written nothing */
function problemsOf(options: string, more: { az?: Answers; gh?: Answers }): string[] {
  const { status, stderr, asked } = runWithStandIns(`${options} --yes`, {
    az: [...(more.az ?? []), ...az],
    gh: [...(more.gh ?? []), ...gh],
  })
  expect([status, written(asked)]).toEqual([1, []])
  return stderr.trim().split('\n').slice(1)
}

const own: Answers = [
  ['v1.0/applications', 'ours\tour-client\t-\t0\t-'],
  ['v1.0/servicePrincipals', 'our-client\tour-principal'],
]
const conditionOf = (delegation: Delegation): string => delegationCondition(delegation).replaceAll(/\s+/g, ' ')
const ours = (delegation: Delegation): string => `["attach-acr for contoso/shop","${conditionOf(delegation)}"]`

describe('docs/set-up.sh, for people who have something already:', () => {
  test('a secret of that name is told, and the workflow has the new variable', () => {
    const { lines, workflow, asked } = runWith(usual, { gh: [['secret list', 'AZURE_CLIENT_ID\t2026-11-29']] })
    expect(planned(lines, '!')).toEqual([expect.stringContaining('has a secret AZURE_CLIENT_ID')])
    expect(workflow).toContain('client-id: ${{ vars.AZURE_CLIENT_ID }}')
    expect(asked).toContain('gh variable set AZURE_CLIENT_ID --repo contoso/shop --body the-client')
  })

  test.each([
    ['secret list --repo contoso/shop', ''],
    ['organization-secrets', ''],
    ['--env production', '--environment production'],
  ])('with an application of yours, IDs that are secrets stay secrets (%s)', (where, place) => {
    const secrets: Answers = [
      [where, 'AZURE_CLIENT_ID\t2026-11-29\nAZURE_TENANT_ID\t2026-11-29'],
      ['/environments/', 'true'],
    ]
    const { lines, workflow, asked } = runWith(`${usual} ${place} --client-id our-client`, { az: own, gh: secrets })
    expect(workflow).toContain(
      'client-id: ${{ secrets.AZURE_CLIENT_ID }}\n          tenant-id: ${{ secrets.AZURE_TENANT_ID }}',
    )
    expect(workflow).toContain('subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}')
    expect(planned(lines, '=')).toContain('secret AZURE_CLIENT_ID, which must be our-client: nobody can read it')
    expect(asked.filter(each => each.startsWith('gh variable set')).map(each => each.split(' ')[3])).toEqual([
      'AZURE_SUBSCRIPTION_ID',
    ])
  })

  test.each(['variable set', 'variable list'])(
    'GitHub refuses gh %s: the names and values are printed, and the rest is done',
    command => {
      const fails = 'failed: HTTP 403: Resource not accessible by integration'
      const { lines, asked } = runWith(usual, { gh: [[command, { fails }]] })
      const values = ['AZURE_CLIENT_ID=the-client', 'AZURE_TENANT_ID=t1', 'AZURE_SUBSCRIPTION_ID=s1']
      expect(lines.filter(line => /^AZURE_\w+=/.test(line))).toEqual(values)
      expect(written(asked).filter(each => each.includes('role assignment create'))).toHaveLength(5)
    },
  )

  test('GitHub fails in another way: it stops', () => {
    const { status } = runWithStandIns(`${usual} --yes`, { az, gh: [['variable set', { fails: 'HTTP 500' }], ...gh] })
    expect(status).toBe(1)
  })

  test.each([
    [
      'uses: contoso/attach-acr@v1\n cluster: aks-0\n registry: contosoacr',
      ['  add to cluster:', `            ${clusterIn('s1', 'aks-1')}`],
    ],
    ['uses: contoso/attach-acr@v1\n cluster: AKS-1\n registry: contosoacr', []],
    [
      'uses: contoso/attach-acr@v1\n cluster: aks-10',
      ['  add to cluster:', `            ${clusterIn('s1', 'aks-1')}`, '  add to registry:', `            ${registry}`],
    ],
  ])('the workflow is there: only what it lacks is to be added (%#)', (text, added) => {
    const { lines } = inScript(
      `LOOK=$(mktemp -d) FILE=.github/workflows/attach.yml CLUSTER_ROWS='${clusterIn('s1', 'aks-1')}|local' REGISTRY_ROWS='${registry}|-'
      printf '%s' '${text}' >$LOOK/file; next_step`,
    )
    expect([lines[0], lines.slice(1)]).toEqual([
      expect.stringContaining('.github/workflows/attach.yml is there already'),
      added,
    ])
  })
})

describe('docs/set-up.sh links to the workflow that was set up:', () => {
  type Jobs = Record<
    string,
    {
      permissions: object
      environment?: string
      needs?: string
      steps: { id?: string; uses?: string; run?: string; with?: Record<string, unknown> }[]
    }
  >
  const jobsOf = (options: string): Jobs => (parse(runWith(`${usual} ${options}`, {}).workflow) as { jobs: Jobs }).jobs

  test('with --deploy and --action, also the job that deploys', () => {
    const { attach, deploy } = jobsOf('--deploy shop --action contoso-labs/attach-acr@v1')
    expect(attach).toMatchObject({
      outputs: { ready: '${{ steps.acr.outputs.ready }}' },
      steps: [{ id: 'acr', uses: 'contoso-labs/attach-acr@v1' }],
    })
    expect(deploy).toMatchObject({ needs: 'attach', if: "needs.attach.outputs.ready == 'true'" })
    expect(deploy?.steps[1]?.with).toMatchObject({ 'client-id': '${{ vars.AZURE_DEPLOY_CLIENT_ID }}' })
    expect(deploy?.steps[2]?.run).toContain('kubectl apply --context aks-1 --namespace shop --filename k8s')
  })

  test('with --check, the drift issue', () => {
    const { check } = jobsOf('--check')
    expect(check?.permissions).toMatchObject({ issues: 'write' })
    expect(check?.steps[0]?.with).toMatchObject({ mode: 'check', 'drift-issue': true })
  })

  test('with other options, their inputs', () => {
    const group: Answers = [['ad group show', 'g1\tacr pullers']]
    const { workflow, asked } = runWith(`${usual} --group 'acr pullers' --run-command --probe-namespace probes`, {
      az: group,
    })
    const { jobs } = parse(workflow) as { jobs: Jobs }
    expect(jobs.attach?.steps[0]?.with).toMatchObject({
      group: 'g1',
      'probe-with': 'run-command',
      'probe-namespace': 'probes',
    })
    expect(asked.filter(each => each.includes(`${clusterIn('s1', 'aks-1')}/namespaces/probes`))).toHaveLength(1)
    expect(asked).toContain('az ad group owner add --group g1 --owner-object-id the-principal')
  })

  test('without an account and a terminal, whose action it is stays open, and is said', () => {
    // Not attach-acr: scripts/release/owner.sh would put the account in here.
    const { lines, workflow } = runWith(`${usual} --action OWNER/action@v1`, {})
    expect(workflow).toContain('uses: OWNER/action@v1')
    expect(lines.filter(line => line.startsWith('Replace OWNER'))).toHaveLength(1)
    expect(runWith(`${usual} --action a/b@v1`, {}).lines.filter(line => line.startsWith('Replace '))).toEqual([])
  })
})

describe('docs/set-up.sh lets the identity assign roles', () => {
  const limitsOf = (lines: string[]): string[] =>
    lines
      .filter(line => line.startsWith('  ') && line.includes('Role Based Access Control Administrator'))
      .map(line => `${line.slice(2, 4)}${line.split('only to ')[1] ?? ''}`)

  test('to a cluster with a service principal, too', () => {
    const rows: Answers = [
      ['aks list', `${clusterIn('s1', 'aks-1')}|local|public|-|old-client`],
      ['ad sp show --id old-client', 'old-principal'],
    ]
    const { lines, asked } = runWith(usual, { az: rows })
    expect(limitsOf(lines)).toEqual(['+ aks-1)'])
    expect(asked.some(each => each.includes('PrincipalId] ForAnyOfAnyValues:GuidEquals {old-principal}'))).toBe(true)
  })

  /** Plans and writes the role at the registry, which the identity has with this description and condition. */
  const delegated = (text: string, settings: string): { lines: string[]; condition: string | undefined } => {
    const row = [
      'me',
      registry,
      '/roles/f58310d9-a9f6-439a-9e8d-f62e7b41a168',
      `${registry}/assignments/a1`,
      text,
    ].join('\\t')
    const { lines, stderr } = inScript(
      `MARK='attach-acr for contoso/shop' OBJECT_ID=me SUBSCRIPTION=s1 PULLERS=pulls-1 NAMES_OF_PULLERS=$'pulls-1\\taks-1\\n'
      HELD=$(printf '%b' "$(cat <<'END'\n${row}\nEND\n)"); az() { echo "az $*"; }; ${settings}
      delegate ${registry}; WRITES=yes; delegate ${registry}`,
    )
    expect(stderr).toBe('')
    const [, condition] = /^az rest --method put .*"condition": "([^"]+)"/m.exec(lines.join('\n')) ?? []
    return { lines, condition }
  }

  test('to the identities of named clusters, of old ones, and of clusters to come', () => {
    const [cluster, old] = [
      '/subscriptions/s/c/aks-1|azure|public|pulls-1|-',
      '/subscriptions/s/c/aks-2|azure|public|-|app',
    ]
    const { lines, stderr } = inScript(
      `CLUSTER_ROWS='${cluster} ${old}' IDENTITY_ROWS='/subscriptions/s/userAssignedIdentities/to-come|pulls-3' LOOK=$(mktemp -d)
      echo pulls-2 >"$LOOK/puller-$(key '${old}')"; find_pullers; echo $PULLERS`,
    )
    expect([stderr, lines]).toEqual(['', ['pulls-1 pulls-2 pulls-3']])
  })

  test.each([
    [
      'ANY=no',
      ours({ principalIds: ['pulls-0'] }),
      '~ aks-1 and 1 other); so far: ',
      { principalIds: ['pulls-0', 'pulls-1'] },
    ],
    ['DELETES=no', ours({ principalIds: ['pulls-0', 'pulls-1'] }), '= aks-1 and 1 other)', undefined],
    [
      'DELETES=yes',
      ours({ principalIds: ['pulls-1'] }),
      '~ aks-1; can delete them, too); so far: ',
      { principalIds: ['pulls-1'], deletes: true },
    ],
    [
      'NARROW=yes',
      ours({ principalTypes: ['ServicePrincipal'], deletes: true }),
      '~ aks-1); so far: ',
      { principalIds: ['pulls-1'] },
    ],
    ['ANY=yes PULLERS=', ours({ principalTypes: ['ServicePrincipal'] }), '= service principals)', undefined],
  ])('as earlier runs did, and more: %s', (settings, text, line, after) => {
    const { lines, condition } = delegated(text, settings)
    expect(limitsOf(lines)).toEqual([
      line.replace('so far: ', 'so far: only AcrPull and Container Registry Repository Reader, '),
    ])
    expect(condition).toBe(after && conditionOf(after))
  })

  test.each([
    [`["attach-acr for contoso/shop",null]`, 'contosoacr: this script did not write what that role can assign'],
    [ours({ principalIds: ['pulls-0'] }).replace('AND', 'OR'), 'contosoacr: this script did not write'],
    [`["by hand","${conditionOf({ principalIds: ['pulls-0'] })}"]`, 'contosoacr: somebody else assigned that role'],
    [ours({ principalIds: ['pulls-1'], deletes: true }), 'contosoacr: an earlier run allowed more'],
  ])('and says what it leaves alone (%#)', (text, warning) => {
    const { lines, condition } = delegated(text, '')
    expect(planned(lines, '!')).toEqual([expect.stringContaining(warning)])
    expect(condition).toBeUndefined()
  })

  test('but to nobody unless somebody is named, and not to more than a condition can have', () => {
    const many = Array.from(
      { length: 220 },
      (_, at) => `${String(at).padStart(4, '0')}51dd-a4ed-4680-a7ca-43fe172d538d`,
    )
    const check = (pullers: string): string[] =>
      inScript(
        `OBJECT_ID='' HELD='' REGISTRY_ROWS='${registry}|-' PULLERS='${pullers}'; check_delegations; echo "$PROBLEMS"`,
      ).lines.filter(Boolean)
    expect(check('')).toEqual([expect.stringContaining('Name the clusters that pull from contosoacr')])
    expect(check(many.join(' '))).toEqual([expect.stringContaining('Azure accepts 8 KB')])
    expect(check(many.slice(0, 100).join(' '))).toEqual([])
    const nothing: Answers = [['aks list', `${clusterIn('s1', 'aks-1')}|local|public|-|msi`]]
    expect(problemsOf(usual, { az: nothing })).toContainEqual(
      expect.stringContaining('aks-1 has no identity that its nodes pull with'),
    )
  })

  test('and names other roles that it has there', () => {
    const row = ['our-principal', '/subscriptions/s1', '/roles/contributor', '/assignments/c1', '[null,null]'].join(
      '\t',
    )
    const { lines } = runWith(`${usual} --client-id our-client`, {
      az: [['/roles/contributor?', 'Contributor'], ['/roleAssignments?', row], ...own],
    })
    expect(planned(lines, '!')).toEqual(['ours also has Contributor at the subscription Contoso, which stays'])
  })
})

describe('docs/set-up.sh', () => {
  test('uses no custom role of that name that allows something else', () => {
    const role = ['the-role', '/subscriptions/s1', 'Microsoft.ContainerService/managedClusters/*', '0'].join('|')
    const problems = problemsOf(usual, { az: [['role definition list --name AKS Probe --', role]] })
    expect(problems).toEqual([
      expect.stringContaining(
        'There is a role AKS Probe already, and it allows something else: Microsoft.ContainerService/managedClusters/*.',
      ),
    ])
  })

  const importing =
    'az acr import --name contosoacr --subscription s1 --source mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2 --image attach-acr/pause:3.10.2'
  test.each([
    ['', [], 1],
    ['--images', [], 0],
    ['--no-verify', [], 0],
    ['', [['acr repository show', 'attach-acr/pause:3.10.2']], 0],
    ['', [['/permissions?', 'Microsoft.Authorization/*\t-']], 0],
  ] as const)('imports the pause image, as you, only where it is needed and you can (%#)', (option, answers, times) => {
    const { asked } = runWith(`${usual} --built-in-roles ${option}`, { az: answers })
    expect(asked.filter(each => each === importing)).toHaveLength(times)
  })

  test.each([
    [[['/permissions?', 'Microsoft.Authorization/*\t-']], ''],
    [[['acr import', { fails: 'ERROR: blocked by policy' }]], 'ERROR: blocked by policy'],
  ] as const)('says how to import it if that fails, and does the rest (%#)', (answers, error) => {
    const { status, lines, stderr, asked } = runWithStandIns(`${usual} --built-in-roles --yes`, {
      az: [...answers, ...az],
      gh,
    })
    expect(status).toBe(0)
    expect(stderr).toContain(error)
    expect([...lines, ...stderr.split('\n')].some(line => line.includes(`: ${importing}`))).toBe(true)
    expect(asked).toContain('gh variable set AZURE_CLIENT_ID --repo contoso/shop --body the-client')
  })

  test.each([
    ['local|public', 'VERIFY=yes', ['has local accounts only'], false],
    ['local|public', 'VERIFY=no', [], false],
    ['azure|public', '', [], false],
    ['azure|public', 'RUN_COMMAND=yes', ['Run Command lets this identity administer the cluster'], true],
    ['azure|private', 'VERIFY=yes', ['Run Command lets this identity administer the cluster'], true],
    ['azure|private', 'CUSTOM_ROLES=no', ['is private'], false],
  ])('says where the identity administers the cluster: %s, %s', (kind, settings, warnings, runs) => {
    const { lines } = inScript(
      `LOOK=$(mktemp -d) SUBSCRIPTION=s1 CLUSTERS=aks-1 ${settings}
      echo '${clusterIn('s1', 'aks-1')}|${kind}|pulls-1|msi' >$LOOK/cluster-current
      resolve_resources; warn_of_clusters; choose_custom_roles; echo "$CUSTOM"`,
    )
    expect(planned(lines, '!')).toEqual(
      warnings.map(each => expect.stringMatching(new RegExp(`^aks-1:? ${each}`)) as string),
    )
    expect(lines.at(-1)?.includes('runningCommands')).toBe(runs)
  })
})

describe('docs/set-up.sh --remove, after two subscriptions', () => {
  const row = (
    subscription: string,
    id: string,
    principal = 'the-principal',
    mark = 'attach-acr for contoso/shop',
  ): string =>
    [
      principal,
      mark,
      `/subscriptions/${subscription}/assignments/${id}`,
      '/roles/the-role',
      'AKS Probe',
      clusterIn(subscription, id),
      '["PrincipalId {pullers-id}"]',
    ].join('\t')
  const [own, far, foreign] = [row('s1', 'aks-1'), row('s2', 'aks-us'), row('s2', 'aks-eu', 'them', '-')]
  /** @param left assignments of the role in the second subscription */
  const made = (left: string[], scopes = '/subscriptions/s1 /subscriptions/s2'): Answers => [
    ['v1.0/applications', 'gh-attach-acr\tthe-client\tattach-acr contoso/shop\t0\t-'],
    ['v1.0/servicePrincipals', 'the-client\tthe-principal'],
    ['assignment list --all --subscription s1', own],
    ['assignment list --all --subscription s2', left.join('\n')],
    ['role definition list', `the-role\tAKS Probe\t${scopes}`],
    ...az,
  ]
  const remove = (answers: Answers) => {
    const { status, stderr, lines, asked } = runWithStandIns('--repo contoso/shop --remove --yes', { az: answers, gh })
    expect([status, stderr]).toEqual([0, ''])
    return { kept: planned(lines, '='), commands: written(asked).filter(each => each.startsWith('az ')) }
  }
  const roleGoes = 'az role definition delete --name the-role --custom-role-only true --subscription s1'

  test('takes the assignments in both, the role and the identity back', () => {
    expect(remove(made([far]))).toEqual({
      kept: [],
      commands: [
        'az role assignment delete --ids /subscriptions/s1/assignments/aks-1 /subscriptions/s2/assignments/aks-us --output none',
        roleGoes,
        'az ad app delete --id the-client',
      ],
    })
  })

  test('takes the ownership of a group back, if the identity could assign roles to it', () => {
    const owned: Answers = [['ownedObjects', 'pullers-id\tacr pullers\nothers-id\tothers']]
    expect(remove([...owned, ...made([far])]).commands.filter(each => each.includes(' group '))).toEqual([
      'az ad group owner remove --group pullers-id --owner-object-id the-principal',
    ])
  })

  test('takes the role back, too, where an earlier run has deleted the assignment in one of them', () => {
    expect(remove(made([])).commands).toContain(roleGoes)
  })

  test.each([
    [made([far, foreign]), 'others are assigned it'],
    [
      made([far], '/subscriptions/s1 /subscriptions/s9'),
      "it can also be assigned in /subscriptions/s9, which you can't see",
    ],
  ])('leaves a role that others may use (%#)', (answers, why) => {
    const { kept, commands } = remove(answers)
    expect(kept).toEqual([`role AKS Probe stays: ${why}`])
    expect(commands).not.toContain(roleGoes)
  })
})
