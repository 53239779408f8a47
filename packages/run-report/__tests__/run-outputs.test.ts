import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toReportJson } from 'report-document'
import { startRun } from 'run-model'
import { conclude } from '../src/conclude.js'
import { setInitialOutputs, setOutputs } from '../src/outputs.js'
import {
  sampleAccess,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'))
  writeFileSync(join(folder, 'output'), '')
  vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'))
  vi.stubEnv('RUNNER_TEMP', folder)
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** The outputs that were set, each with its last value. */
function outputs(): Record<string, string> {
  const text = readFileSync(join(folder, 'output'), 'utf8')
  const set = [...text.matchAll(/^(.+)<<(\S+)\n([^]*?)\n\2$/gm)]
  return Object.fromEntries(set.map(([, name = '', , value = '']) => [name, value]))
}

describe('the outputs', () => {
  it('of a step that has done nothing yet are those of a cancelled one', () => {
    setInitialOutputs(startRun(0, 'attach'))
    const { report = '', ...others } = outputs()
    expect(others).toEqual({
      attached: 'false',
      ready: 'false',
      changed: 'false',
      drift: 'false',
      verified: 'none',
      images: '[]',
      'error-code': 'CANCELLED',
      'registry-login-server': '',
      'registry-login-servers': '[]',
      'pull-identity-object-id': '',
      'pull-identity-client-id': '',
      'role-assignment-id': '',
      image: '',
      'propagation-seconds': '',
      'report-file': '',
      'report-html-file': '',
      'drift-issue-number': '',
      'drift-issue-url': '',
    })
    expect(JSON.parse(report)).toMatchObject({ mode: 'attach', attached: false })
  })

  it('of a run are about its first target and registry, and the longest wait', () => {
    const operation = sampleOperation()
    const [first, second] = [samplePair({ operation }), samplePair({ access: sampleAccess() }, sampleTarget('aks-2'))]
    const run = sampleRun([first, second], {
      outcomes: [{ operation, changed: true, roleAssignmentId: 'x', finishedAt: 1 }],
      verifications: new Map([
        [first, { verified: 'assignment', propagationSeconds: 41.34 }],
        [second, { verified: 'assignment', propagationSeconds: 7 }],
      ]),
    })
    const result = conclude(run)
    setOutputs(toReportJson(result), '', result)
    const { identity } = sampleTarget()
    const set = outputs()
    expect(set).toMatchObject({
      attached: 'true',
      changed: 'true',
      verified: 'assignment',
      'error-code': '',
      'registry-login-server': sampleRegistry().loginServer,
      'registry-login-servers': JSON.stringify([sampleRegistry().loginServer]),
      'pull-identity-object-id': identity.objectId,
      'pull-identity-client-id': identity.clientId,
      'role-assignment-id': 'x',
      'propagation-seconds': '41.3',
    })
    const file = readFileSync(set['report-file'] ?? '', 'utf8')
    expect(file.endsWith('}\n')).toBe(true)
    expect(JSON.parse(file)).toEqual(JSON.parse(set.report ?? ''))
  })

  it('of a fleet are not about a single pair', () => {
    setOutputs(toReportJson(conclude(sampleRun([samplePair({ access: sampleAccess() })]))), 'DRIFT')
    const set = outputs()
    expect(set).toMatchObject({ attached: 'true', 'error-code': 'DRIFT' })
    for (const name of ['registry-login-server', 'role-assignment-id', 'image']) expect(set).not.toHaveProperty(name)
  })
})
