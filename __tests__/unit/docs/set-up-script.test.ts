// docs/set-up.sh with stand-ins for az and gh: what it makes of their answers. What the real az does is in __tests__/conformance/set-up.test.ts.
import { describe, expect, test } from 'vitest'
import { runWithStandIns, type Answers } from '../../support/set-up-script.js'

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
    expect(planned(here?.lines ?? [], '+')).toHaveLength(11)
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
      '[null]',
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
