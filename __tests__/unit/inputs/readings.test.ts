// What is read from inputs, or what is wrong with them, in the words of the action. It is in readings/, a file for each topic, which `npx vitest run -u` writes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readManifest } from 'azure-simulator/runner/step'
import { ActionError, printFix } from 'kernel'
import { printCatalogue, sayScopes } from '../../support/catalogue.js'
import { maskSecrets, readInputs, readMode, readSignIn } from '../../../src/inputs/inputs.js'

/** Inputs by name, and variables of the environment. */
type Given = Record<string, string>

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg/providers`
const ids = {
  cluster: `${group}/Microsoft.ContainerService/managedClusters/aks`,
  registry: `${group}/Microsoft.ContainerRegistry/registries/contosoacr`,
  identity: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/id-1`,
}

const each = (name: string, values: string[], more: Given = {}): Given[] =>
  values.map(value => ({ ...more, [name]: value }))

const named = { 'subscription-id': guid }
const other = '99999999-2222-4333-8444-555555555555'
const connected = ids.cluster.replace('ContainerService/managedClusters', 'Kubernetes/connectedClusters')
const local = `${connected}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default`
const check = { mode: 'check' }
const merge = { mode: 'merge', reports: 'reports', 'github-token': 'token' }
const nothing = Object.fromEntries(['client-id', 'tenant-id', 'cluster', 'registry'].map(name => [name, '']))
const future = { cluster: '', 'kubelet-identity': ids.identity }
const running = { 'probe-image': 'workloads' }
const sha = `sha256:${'3c'.repeat(32)}`
const limited = { verify: 'pull', repositories: 'team-a/*' }
const source = { 'source-username': 'robot', 'source-password': 'secret' }

const folder = mkdtempSync(join(tmpdir(), 'inputs-'))
const app = join(folder, 'app.yaml')
writeFileSync(
  app,
  'kind: Pod\nmetadata: { name: app }\nspec: { containers: [{ image: contosoacr.azurecr.io/team/app:v1 }] }\n',
)

const unusable = 'proxy.corp:99999'
const usable = 'proxy.corp:3128'
const plain = { HTTP_PROXY: unusable }
const issue = { 'drift-issue': 'true', 'github-token': 'token' }
const [http, https] = ['http://ghes.corp.example/api/v3', 'https://ghes.corp.example/api/v3']
const tokens = 'tokens.corp.example/?api-version=2.0'

/** Steps whose inputs must be refused. */
const refused = new Set<Given>()
const wrong = (...given: Given[]): Given[] => {
  for (const one of given) refused.add(one)
  return given
}

/** The inputs of steps that have defaults for everything else. */
const steps: Record<string, Given[]> = {
  defaults: [
    // As when other tools run it, without action.yml.
    Object.fromEntries(Object.keys(readManifest().inputs).flatMap(name => (name in nothing ? [] : [[name, '']]))),
  ],
  'the sign-in': [
    ...wrong({ 'client-id': '', 'tenant-id': '' }, { 'tenant-id': '' }, { 'client-id': '' }),
    { 'client-id': '', 'tenant-id': '', AZURE_CLIENT_ID: guid, AZURE_TENANT_ID: other, audience: 'mine' },
    ...wrong({ 'auth-type': 'password' }),
    { 'auth-type': 'azure-cli', 'client-id': '', 'tenant-id': '' },
    { 'auth-type': 'managed-identity', 'tenant-id': '' },
    ...each('environment', ['azurecloud', 'AZUREUSGOVERNMENT', 'AzureChinaCloud']),
    ...wrong({ environment: 'AzureGermanCloud' }),
  ],
  clusters: [
    { ...named, 'resource-group': 'rg', cluster: `aks-1\n${ids.cluster}` },
    { ...named, 'resource-group': 'rg', cluster: '*' },
    { ...named, cluster: "*\n!  aks-old\n'!AKS-3'\nTAG: env =  prod \ntag:free=\n# a comment" },
    ...each('cluster', ['a', 'Z9', 'a-b_c', 'a'.repeat(63)], named),
    ...wrong(...each('cluster', ['-a', 'a-', 'a b', 'a.b', 'a/b', 'a'.repeat(64), '**', '*\naks-1\naks-2'], named)),
    ...wrong(
      ...each(
        'cluster',
        ['*\naks-1\n!aks-2', 'aks-1\n!aks-2', 'tag:a=b', '*\n!', '*\n!a b\ntag:a', '*\ntag:=x'],
        named,
      ),
    ),
    ...wrong(...each('cluster', ['aks-1', '*', ids.registry, connected, local])),
    { cluster: 'aks-1', AZURE_SUBSCRIPTION_ID: guid },
  ],
  registries: [
    ...each('registry', [`contosoacr\nContoso1-abc2.AzureCR.io\n${ids.registry.toUpperCase()}`], named),
    ...each('registry', ['ContosoACR.EastUS.geo.azurecr.io\ncontoso1-abc2.westeurope.geo.azurecr.io'], named),
    ...each('registry', ['https://contosoacr.azurecr.io', 'HTTPS://contosoacr.azurecr.io//']),
    ...wrong(
      ...each('registry', ['abcd', 'a'.repeat(51), 'my-registry', 'contosoacr.azurecr.io/app', 'docker.io'], named),
    ),
    ...wrong(...each('registry', ['contosoacr.azurecr.us', 'contosoacr.azurecr.cn'], named)),
    ...wrong(...each('registry', ['https://contosoacr.azurecr.io/app', 'see https://contosoacr.azurecr.io'], named)),
    ...wrong(...each('registry', ['http://contosoacr.azurecr.io'], named)),
    { registry: 'contosoacr' },
    ...wrong(...each('registry', ['*', ids.cluster, connected])),
    ...each('create-registry', ['Basic', 'Premium']),
    ...wrong({ 'create-registry': 'basic' }),
    { 'create-registry': 'Standard', location: 'westeurope' },
  ],
  identities: [
    ...wrong({ cluster: '' }),
    future,
    ...wrong({ ...future, verify: 'pull' }),
    { 'kubelet-identity': ids.identity.toUpperCase(), verify: 'pull' },
    ...wrong({ cluster: '', verify: 'pull' }),
    ...wrong({ 'kubelet-identity': 'id-1' }),
    ...wrong({ 'on-timeout': 'assign-directly' }),
    { 'on-timeout': 'assign-directly', group: guid },
    ...each('role', ['auto', 'Reader and more', 'ABCDEF01-2222-4333-8444-555555555555']),
  ],
  'a detach': [
    ...wrong(...each('cluster', ['*', '*\naks-prod-1'], { mode: 'detach', ...named })),
    ...wrong({ mode: 'detach', registry: '*', ...named }),
    { mode: 'detach', repositories: 'team/app', group: guid },
    { mode: 'detach', verify: 'pull', manifests: 'gone/*.yaml' },
    { mode: 'detach', verify: 'none', images: 'nginx:1.27' },
    { mode: 'detach', workloads: 'shop' },
  ],
  probes: [
    {
      verify: 'pull',
      manifests: app,
      'probe-with': 'run-command',
      'probe-nodes': 'all',
      'probe-image': 'team/app:v1\nnginx@sha256:0123456789abcdef0123456789abcdef\nnginx',
      'probe-namespace': 'probes',
    },
    {
      registry: `contosoacr\nfabrikam-a1b2.azurecr.io\n${ids.registry}`,
      'probe-image': [
        'Contosoacr.azurecr.io',
        'contosoacr-a1b2.azurecr.io',
        'contosoacr.westeurope.geo.azurecr.io',
        'fabrikam-a1b2.azurecr.io',
      ]
        .map(host => `${host}/app:v1`)
        .join('\n'),
    },
    ...wrong(
      ...each('probe-image', ['contosoacrs.azurecr.io/app:v1', 'contosoacr.azurecr.cn/app:v1', 'App:v1', 'app:']),
    ),
    ...wrong(...each('probe-image', ['app@sha256:1', 'localhost:5000/app'])),
    { registry: '*', ...named, 'probe-image': 'whatever.azurecr.io/app:v1' },
    ...wrong({ registry: '*', ...named, 'probe-image': 'whatever.azurecr.cn/app:v1' }),
    { 'probe-namespace': '' },
    ...wrong(...each('probe-namespace', ['Probes', 'a.b', '-x'])),
    { 'probe-service-account': 'shop.api' },
    ...wrong({ 'probe-service-account': 'Shop' }),
  ],
  'limited repositories': [
    ...wrong(...each('repositories', ['Team/app', 'team/', '/team', 'team/*/app', '*'])),
    { ...limited, 'probe-image': 'team-a/web:v1' },
    ...wrong(...each('probe-image', ['team-a:v1', 'contosoacr.azurecr.io/team-b/api'], limited)),
    { ...limited, 'probe-image': 'contosoacr.azurecr.io/team-a/api' },
    { verify: 'pull', repositories: 'team-a/web', 'probe-image': `team-a/web@sha256:${'a'.repeat(64)}` },
    ...wrong({ verify: 'pull', repositories: 'team-a/*\nteam-c/app', 'probe-image': 'team-b/api:v1' }),
    ...wrong({ ...limited, 'probe-image': 'team-a/web:v1\nteam-b/api:v1' }),
    // Without a pull, nothing is refused.
    { verify: 'assignment', repositories: 'team-a/*', 'probe-image': 'team-b/api:v1' },
    ...wrong({ verify: 'pull', repositories: 'team/*' }),
    { verify: 'pull', repositories: 'team/*', workloads: '*', ...running },
    // The manifests are the problem, not that there is nothing to pull.
    ...wrong({ verify: 'pull', repositories: 'team/*', manifests: 'gone/*.yaml' }),
  ],
  workloads: [
    ...each('workloads', ['shop', 'shop\n# a comment\n\n"web"\nshop', '*', '*\n!kube-system\n! default\n*']),
    ...each('workloads', ['!kube-system\n*', '*\nshop', 'shop\nweb\n!web']),
    ...wrong(...each('workloads', ['kube-*', '*\n!kube-*', 'a, b', 'Shop', '!kube-system', 'shop\n!shop'])),
    ...wrong({ verify: 'pull', ...running }),
    { verify: 'pull', workloads: 'shop', ...running },
    { verify: 'assignment', ...running },
    { verify: 'pull', workloads: '*', 'probe-image': 'workloads\nteam/app:v1' },
    { verify: 'pull', workloads: '*', 'probe-image': 'team/app:v1\nworkloads:v1' },
    { ...check, ...future, workloads: 'shop' },
    { ...merge, workloads: 'shop' },
  ],
  images: [
    ...each('images', [
      'nginx:1.27\ndocker.io/library/nginx:1.27\nIndex.Docker.io/library/nginx:1.27',
      'nginx\nnginx:latest',
    ]),
    ...each('images', ['nginx:1 => a:v1\nnginx:1 => b:v1\nnginx:1', `nginx@${sha}\nlibrary/nginx@${sha}`]),
    ...each('images', [
      `${ids.registry}:app:v1\n${ids.registry.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions')}:app:v1`,
    ]),
    ...wrong(...each('images', ['nginx:1 => contosoacr.azurecr.io/web:v1', 'nginx:1 => web:v1\nnginx:2 => web:v1'])),
    ...wrong(
      ...each('images', [`nginx:1\n\n# the same name\nnginx:1@${sha}`, 'ghcr.io/team/app:v1\nquay.io/team/app:v1']),
    ),
    ...wrong(...each('images', ['nginx:1\nNginx:1', `${ids.registry}:app:v1\n${ids.registry}2:app:v1`])),
    ...each('images', ['nginx:1\nredis:7', 'nginx:1\nmcr.microsoft.com/a/b:1\nregistry.k8s.io/pause:3.10'], source),
    ...each('images', [`other.azurecr.io/app:v1\nnginx:1\n${ids.registry}:app2:v1`, 'other.azurecr.io/app:v1'], source),
    ...each(
      'images',
      ['registry.example.com:5000/app:v1', `${ids.registry}:app:v1\nmcr.microsoft.com/a/b:1`, ''],
      source,
    ),
    ...wrong(...each('images', ['nginx:1\nghcr.io/team/app:v1', 'one.azurecr.io/a:v1\ntwo.azurecr.io/b:v1'], source)),
    ...wrong(...each('images', ['registry.example.com/a:v1\nregistry.example.com:5000/b:v1'], source)),
    { images: 'nginx:1', 'source-password': 'token' },
    ...wrong({ images: 'nginx:1', 'source-username': 'robot' }),
  ],
  'the drift issue': [
    ...wrong(...each('drift-issue', ['yes', 'off', 'a\nb', 'x'.repeat(101)], check)),
    ...each('drift-issue', ['False', 'TRUE', 'production', 'rg-eu: Nightly', 'é'.repeat(100)], { ...merge, ...check }),
    ...wrong({ 'drift-issue': 'true', 'github-token': '', ...check }),
    { 'drift-issue': 'true', 'github-token': '', mode: 'attach' },
    { 'drift-issue': 'true', 'github-token': 'token', fleet: '[]', reports: 'drift-reports' },
    { ...check, fleet: '[]', reports: 'drift-reports' },
  ],
  'where the result is shown': [
    { ...check, 'job-summary': 'false', 'report-html': 'true' },
    { ...check, 'job-summary': 'true', 'report-html': 'false' },
    { 'report-html': 'true' },
  ],
  'a merge': [
    { ...nothing, ...merge, fleet: '[{"cluster":"*"}]', 'drift-issue': 'true' },
    { ...merge, fleet: '[1, {"a": 2}]', 'report-html': 'true' },
    ...wrong({ ...merge, fleet: '[oops' }),
    ...wrong({
      mode: 'merge',
      fleet: '{"cluster":"*"}',
      'github-token': '',
      'drift-issue': 'true',
      'fail-on-drift': 'no',
    }),
  ],
  proxies: [
    ...wrong({ https_proxy: unusable }),
    ...wrong({ HTTPS_PROXY: unusable, concurrency: '65' }),
    { HTTPS_PROXY: usable, HTTP_PROXY: usable },
    { HTTPS_PROXY: unusable, NO_PROXY: '*' },
    plain,
    ...wrong({ ...plain, 'auth-type': 'managed-identity', NO_PROXY: '' }),
    { ...plain, 'auth-type': 'managed-identity', NO_PROXY: '169.254.169.254' },
    { ...plain, 'auth-type': 'azure-cli' },
    ...wrong({ ...plain, ACTIONS_ID_TOKEN_REQUEST_URL: `http://${tokens}` }),
    { ...plain, ACTIONS_ID_TOKEN_REQUEST_URL: `https://${tokens}` },
    { ...plain, 'auth-type': 'azure-cli', ACTIONS_ID_TOKEN_REQUEST_URL: `http://${tokens}` },
    ...wrong(...each('GITHUB_API_URL', [http, http.toUpperCase()], { ...plain, ...check, ...issue })),
    ...each('GITHUB_API_URL', [https, `${https}?from=http://proxy`, 'http://['], { ...plain, ...check, ...issue }),
    { ...plain, ...check, ...issue },
    { ...plain, ...check, GITHUB_API_URL: http },
    ...each('mode', ['attach', 'detach'], { ...plain, ...issue, GITHUB_API_URL: http }),
    ...wrong({ ...plain, ...merge, ...issue, GITHUB_API_URL: http }),
    { ...plain, ...merge, GITHUB_API_URL: http },
    { ...merge, HTTPS_PROXY: unusable },
    ...wrong({ ...merge, ...issue, HTTPS_PROXY: unusable }),
  ],
  'several inputs': wrong(
    { mode: 'Attach', verify: 'maybe', 'client-id': 'gh-deployer', AZURE_SUBSCRIPTION_ID: 'not-a-guid', timeout: '15' },
    { 'probe-with': 'ssh', 'probe-nodes': 'some', 'fail-on-drift': 'maybe' },
    { timeout: 'soon', manifests: 'charts/*.yaml\nk8s/*.none' },
    { images: 'nginx:1\nghcr.io/team/app:v1', 'source-password': 'hunter2' },
  ),
}

/** Gives an input a value, until the test ends. */
function give(name: string, value: string): void {
  vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
}

const isVariable = (name: string): boolean => /[A-Z]|_/.test(name)
const givens = Object.values(steps).flat()
const variables = [...new Set(givens.flatMap(given => Object.keys(given)))].filter(isVariable)

/** Gives inputs and sets variables, and all others their defaults; required ones have a value. */
function giveAll(given: Given = {}): void {
  for (const name of [...variables, 'https_proxy', 'http_proxy', 'no_proxy']) vi.stubEnv(name, undefined)
  for (const [name, { default: preset = '' }] of Object.entries(readManifest().inputs)) give(name, preset)
  const required = { 'client-id': guid, 'tenant-id': guid, cluster: ids.cluster, registry: ids.registry }
  for (const [name, value] of Object.entries({ ...required, ...given })) {
    if (isVariable(name)) vi.stubEnv(name, value)
    else give(name, value)
  }
}

beforeEach(() => {
  giveAll()
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The problems that are reported, without the hint about secrets below them. */
async function readProblems(): Promise<string[]> {
  try {
    await readInputs()
    return []
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const [, ...lines] = printFix(error.fix).split('\n')
    return lines.filter(line => !line.startsWith('  Stored as a secret?'))
  }
}

/** A value in one line, which is folded at its spaces. */
const print = (value: unknown): string =>
  inspect(value, { breakLength: Infinity, compact: true, depth: null, maxArrayLength: null, maxStringLength: null })

/** The values that were read, each as a line after its name; clouds and images by their names. */
async function read(): Promise<Map<string, string>> {
  const inputs = await readInputs()
  const names =
    inputs.mode === 'merge'
      ? {}
      : {
          cloud: inputs.cloud.name,
          images: inputs.images.map(each => `${each.text} => ${each.repository}:${each.tag}`),
        }
  const shown = Object.entries({ ...inputs, ...names })
  return new Map(shown.map(([name, value]) => [name, `${name}: ${print(value)}`]))
}

/** What is wrong with inputs, or what was read otherwise than by default. */
async function show(given: Given, defaults: ReadonlyMap<string, string>): Promise<string[]> {
  giveAll(given)
  const problems = await readProblems()
  if (problems.length > 0) return problems.map(line => line.trimStart())
  const values = await read()
  const changed = [...values].flatMap(([name, line]) => (defaults.get(name) === line ? [] : line))
  const gone = [...defaults.keys()].filter(name => !values.has(name))
  const lines = [changed.join('; '), ...(gone.length > 0 ? [`without ${gone.join(', ')}`] : [])].filter(Boolean)
  return lines.length > 0 ? lines : ['as by default']
}

/** A text without what is different on each machine, with one word for the usual ID, and a sign for the end of a line. */
const inShort = (text: string): string =>
  sayScopes(text.replaceAll('\\n', '⏎'))
    .replaceAll(/(['"])[^'"]*\/app\.yaml/g, '$1app.yaml')
    .replaceAll(process.cwd(), '.')
    .replaceAll(guid, 'GUID')

describe('inputs', () => {
  it.each(Object.keys(steps))('about %s are read as in readings/', async topic => {
    const defaults = await read()
    const shown: Record<string, string[]> =
      topic === 'defaults' ? { 'those of action.yml': [inShort([...defaults.values()].join('; '))] } : {}
    for (const given of steps[topic] ?? []) {
      const title = Object.entries(given).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      shown[`${refused.has(given) ? 'wrong' : 'right'}: ${inShort(title.join(', '))}`] = (
        await show(given, defaults)
      ).map(inShort)
    }
    const text = printCatalogue(shown, lines => lines)
    await expect(text).toMatchFileSnapshot(`readings/${topic.replaceAll(' ', '-')}.txt`)
  })

  it('are wrong with a fleet that is nested too deeply to be written again', async () => {
    giveAll({ ...merge, fleet: `[{"cluster": ${'['.repeat(20_000)}${']'.repeat(20_000)}}]` })
    expect(await readProblems()).toEqual([expect.stringMatching(/^ {2}fleet: found text that is not JSON, /)])
  })

  it('that are secret are masked one by one, unless they are empty', () => {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
    giveAll({ 'source-password': 'hunter2-hunter2', 'github-token': '' })
    maskSecrets()
    giveAll({ 'source-password': '', 'github-token': 'ghs_token' })
    maskSecrets()
    vi.restoreAllMocks()
    const masked = written.join('').split(/\r?\n/)
    expect(masked.filter(line => line !== '')).toEqual(['::add-mask::hunter2-hunter2', '::add-mask::ghs_token'])
  })
})

it.each([
  ['detach', 'detach'],
  ['', 'attach'],
  ['remove', 'attach'],
])('the mode "%s" is read as %s before all other inputs', (given, mode) => {
  give('mode', given)
  expect(readMode()).toBe(mode)
})

describe('the sign-in alone', () => {
  it('is read and checked independently of the other inputs', () => {
    giveAll({ cluster: 'not/a/cluster', manifests: 'gone/*.yaml', environment: 'azureusgovernment' })
    expect(readSignIn()).toMatchObject({ auth: { type: 'oidc', clientId: guid }, cloud: { name: 'AzureUSGovernment' } })
    give('client-id', 'x')
    expect(() => readSignIn()).toThrow(/^[^,]*: client-id \(found "x"\)\.[^,]*$/)
  })

  it('needs a proxy only for its own requests', () => {
    giveAll({ ...plain, ...check, ...issue, GITHUB_API_URL: http })
    expect(readSignIn().auth).toMatchObject({ type: 'oidc' })
    give('auth-type', 'managed-identity')
    expect(() => readSignIn()).toThrow('HTTP_PROXY')
  })
})
