import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultTiming } from '../src/model/timing.js'
import { readScenarioFile, ScenarioError, type ScenarioFile } from '../src/scenario/scenario-file.js'
import { createScenario } from '../src/scenario/scenario.js'
import type { Cluster } from '../src/world/clusters.js'
import { isCluster } from '../src/world/clusters.js'

const packageFolder = resolve(import.meta.dirname, '..')

/** The example in the README. */
const [, example = ''] = /```json\n([\s\S]+?)```/.exec(readFileSync(join(packageFolder, 'README.md'), 'utf8')) ?? []

function write(content: string | object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'scenario-')), 'scenario.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** The problems of a file, without its path. */
function problemsOf(content: string | object): string[] {
  const file = write(content)
  try {
    createScenario(readScenarioFile(file))
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    return error.message.split('\n').map(line => line.replace(`${file}: `, ''))
  }
  return []
}

const minimal = { resourceGroups: [{ name: 'rg', clusters: [{ name: 'aks' }], registries: [{ name: 'acr' }] }] }

describe('a scenario file', () => {
  it('builds the world of the README’s example', () => {
    const { world, subscription, deployer, timing, faults } = createScenario(readScenarioFile(write(example)))
    expect(world.subscriptions.map(({ displayName }) => displayName)).toEqual(['Contoso production', 'Contoso test'])
    expect(subscription.displayName).toBe('Contoso production')
    const clusters = world.resources.filter((resource): resource is Cluster => isCluster(resource))
    expect(clusters.map(({ name }) => name)).toEqual(['aks-prod-1', 'aks-old', 'aks-test-1'])
    expect(clusters[0]?.kubernetes.nodes).toHaveLength(5)
    expect(clusters[1]?.body.properties).toMatchObject({ powerState: { code: 'Stopped' } })
    const pull = clusters[0]?.kubeletIdentity.objectId
    expect(world.roleAssignments.map(({ principalId }) => principalId)).toEqual([pull, deployer.objectId])
    expect(timing).toEqual({ roundTripMs: 40, propagationMs: 6000 })
    expect(faults).toMatchObject([{ status: 503, times: 2 }])
  })

  it('gives gh-deployer the roles of contoso unless it assigns others', () => {
    const { world, deployer } = createScenario(minimal)
    const held = world.roleAssignments.filter(({ principalId }) => principalId === deployer.objectId)
    expect(held.map(({ scope }) => scope.split('/').at(-1))).toEqual(['rg', 'acr'])
  })

  it('has one delay per setting of the simulator', () => {
    const schema = JSON.parse(readFileSync(join(packageFolder, 'scenario.schema.json'), 'utf8')) as {
      definitions: { timing: { properties: object } }
    }
    expect(Object.keys(schema.definitions.timing.properties)).toEqual(Object.keys(defaultTiming))
  })

  it('can have a fault that never ends', () => {
    const file: ScenarioFile = { ...minimal, faults: [{ host: 'graph', reset: true, times: 'always' }] }
    expect(createScenario(readScenarioFile(write(file))).faults).toEqual([
      { host: 'graph', reset: true, times: Infinity },
    ])
  })

  it.each([
    ['{', /JSON/],
    [{}, "/: must have required property 'resourceGroups'"],
    [{ ...minimal, fault: [] }, /^\/: unknown key fault; known keys: \$schema, resourceGroups, .*faults$/],
    [
      { resourceGroups: [{ name: 'rg', clusters: [{ name: 'a', pools: 1 }] }] },
      /^\/resourceGroups\/0\/clusters\/0: unknown key pools; .*agentPools/,
    ],
    [{ ...minimal, timing: { importMs: -1 } }, '/timing/importMs: must be >= 0'],
    [{ ...minimal, faults: [{ path: '/x' }] }, '/faults/0: needs one of status, delayMs, reset, garbage, connect'],
    [{ ...minimal, faults: [{ method: 'get', status: 500 }] }, /^\/faults\/0\/method: expected one of GET, /],
    [
      { ...minimal, roleAssignments: [{ principal: 'aks', role: 'AcrPull', scope: 'acrr' }] },
      /^\/roleAssignments: unknown scope acrr; known: .*rg, aks, rg\/aks, acr/,
    ],
    [
      { ...minimal, roleAssignments: [{ principal: 'aks', role: 'Pull', scope: 'acr' }] },
      /^\/roleAssignments: no role is called Pull$/,
    ],
  ])('mistake %# is refused in one line', (content, expected) => {
    expect(problemsOf(content)).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
  })

  it('needs the group of a name that several have', () => {
    const groups = ['one', 'two'].map(name => ({ name, clusters: [{ name: 'aks' }] }))
    const registries = [{ name: 'acr' }]
    const of = (principal: string) => ({
      resourceGroups: [...groups, { name: 'three', registries }],
      roleAssignments: [{ principal, role: 'AcrPull', scope: 'acr' }],
    })
    expect(problemsOf(of('aks'))).toEqual(['/roleAssignments: several have the principal aks; write group/name'])
    expect(problemsOf(of('two/aks'))).toEqual([])
  })
})

describe('npm run simulator -- --scenario', () => {
  function simulator(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise(done => {
      const args = ['--import', 'tsx', join(packageFolder, 'src/cli.ts'), ...words]
      execFile(process.execPath, args, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      })
    })
  }

  it('runs a command in the README’s world, with its faults, and an Owner of all subscriptions', async () => {
    const script = `
      TOKEN=$(curl --silent --data grant_type=client_credentials --data client_id="$SIMULATOR_OWNER_ID" \
        --data client_secret="$SIMULATOR_OWNER_SECRET" --data scope=https://management.azure.com/.default \
        "https://login.microsoftonline.com/$AZURE_TENANT_ID/oauth2/v2.0/token" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
      get() { curl --silent --header "Authorization: Bearer $TOKEN" "https://management.azure.com$1" "\${@:2}"; }
      cluster="/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/aks-prod-1?api-version=2026-04-01"
      for try in 1 2 3; do get "$cluster" --output /dev/null --write-out '%{http_code}\\n'; done
      get '/subscriptions?api-version=2022-12-01' | grep --only-matching '"displayName":"[^"]*"'`
    const { code, stdout, stderr } = await simulator('--scenario', write(example), 'bash', '-c', script)
    expect(stdout.trim().split('\n'), stderr).toEqual([
      ...['503', '503', '200'],
      ...['"displayName":"Contoso production"', '"displayName":"Contoso test"'],
    ])
    expect(code).toBe(0)
  })

  it('exits with 2 for a file that it refuses, and for an unknown option', async () => {
    expect(await simulator('--scenario', write({ ...minimal, times: 1 }), 'true')).toMatchObject({
      code: 2,
      stdout: '',
    })
    expect(await simulator('--scenarios')).toMatchObject({ code: 2, stderr: 'unknown option --scenarios\n' })
  })
})
