import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import {
  describeNodeFiles,
  kubeletOptions,
  nodeFolder,
  writeNodeFiles,
} from '../../../scripts/kubernetes/node-files.js'
import { help, readCommandLine } from '../../../scripts/kubernetes/settings.js'
import { parseAsGitHub } from '../../support/github-workflow.js'

const root = resolve(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const path = '.github/workflows/kubernetes.yml'
const content = read(path)

interface Workflow {
  on: { schedule?: unknown[]; workflow_dispatch?: unknown }
  jobs: {
    pulls: {
      permissions: object
      strategy: { matrix: { include: { version: string; image: string }[] } }
      steps: { run?: string }[]
    }
  }
}

const { on, jobs } = parse(content) as Workflow

describe(path, () => {
  it('is a valid GitHub workflow with valid expressions', async () => {
    const { errors, template } = await parseAsGitHub(path, content)
    expect(errors).toEqual([])
    if (template === undefined) throw new Error('it is empty')
    expect(template.errors ?? []).toEqual([])
  })

  it('runs weekly and on demand, and only reads', () => {
    expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch'])
    expect(jobs.pulls.permissions).toEqual({ contents: 'read' })
  })

  it('has three versions of Kubernetes, each with a pinned image', () => {
    const { include } = jobs.pulls.strategy.matrix
    expect(new Set(include.map(({ version }) => version)).size).toBe(3)
    for (const { version, image } of include)
      expect(image).toMatch(new RegExp(`^kindest/node:v${version.replace('.', '\\.')}\\.\\d+@sha256:[0-9a-f]{64}$`))
  })

  it('calls the tests with options that exist, as the documents do', () => {
    const known = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = '']) => option)
    const texts = [...jobs.pulls.steps.map(({ run = '' }) => run), read('docs/fidelity.md'), read('CONTRIBUTING.md')]
    const calls = texts.flatMap(text => text.replaceAll('\\\n', ' ').match(/npm run test:kubernetes -- .*/g) ?? [])
    expect(calls.length).toBeGreaterThanOrEqual(5)
    // Without the commands that are passed to it.
    const options = calls.flatMap(call => call.replaceAll(/'[^']*'/g, '').match(/(?<= )--[a-z][a-z-]*/g) ?? [])
    for (const option of options) expect(known).toContain(option)
  })
})

describe('npm run test:kubernetes', () => {
  it('reads its command line', () => {
    const options = ['--kubeconfig', '/k', '--listen', '172.17.0.1:8470', '--stop-node', 'cmd "$NODE"', 'pulls']
    expect(readCommandLine(options)).toMatchObject({
      kubeconfig: '/k',
      listen: { host: '172.17.0.1', port: 8470 },
      stopNode: 'cmd "$NODE"',
      startNode: '',
      restartApiServer: '',
      filters: ['pulls'],
      isPreparation: false,
    })
    expect(readCommandLine(['--listen', '[fd00::1]:8470']).listen).toEqual({ host: 'fd00::1', port: 8470 })
    expect(() => readCommandLine(['--listen', '8470'])).toThrow('--listen')
    expect(() => readCommandLine(['--kubecfg', '/k'])).toThrow('--kubecfg')
  })

  it('writes the files for nodes, and says what to do with them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'node-files-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const settings = readCommandLine(['--folder', folder, '--listen', '172.17.0.1:8470'])
    const written = await writeNodeFiles(settings)
    const file = (name: string): string => readFileSync(join(written, name), 'utf8')
    expect(file('ca.pem')).toContain('BEGIN CERTIFICATE')
    // The key stays here.
    expect(() => file('ca.key')).toThrow('ENOENT')
    expect(file('bin/simulated-acr')).toBe(read('packages/azure-simulator/credential-provider/simulated-acr'))
    expect(statSync(join(written, 'bin/simulated-acr')).mode & 0o111).toBe(0o111)
    const { providers } = parse(file('credential-provider.yaml')) as {
      providers: { name: string; env: { name: string; value: string }[] }[]
    }
    expect(providers).toMatchObject([{ name: 'simulated-acr', matchImages: ['*.azurecr.io'] }])
    expect(providers[0]?.env).toContainEqual({ name: 'https_proxy', value: 'http://172.17.0.1:8470' })
    expect(file('containerd.conf')).toContain('HTTPS_PROXY=http://172.17.0.1:8470')
    expect(file('kubelet.conf')).toContain(kubeletOptions)
    const { nodes } = parse(readFileSync(join(folder, 'kind.yaml'), 'utf8')) as {
      nodes: { role: string; extraMounts: { hostPath: string; containerPath: string }[] }[]
    }
    expect(nodes.map(({ role }) => role)).toEqual(['control-plane', 'worker', 'worker'])
    for (const { extraMounts } of nodes)
      expect(extraMounts).toContainEqual({ hostPath: written, containerPath: nodeFolder, readOnly: true })
    const before = file('ca.pem')
    await writeNodeFiles(settings)
    expect(file('ca.pem')).toBe(before)
    expect(describeNodeFiles(settings)).toContain(nodeFolder)
  })
})
