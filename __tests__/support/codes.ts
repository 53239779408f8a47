import { readFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'
import type { Report } from 'report-document'
import { findWhole } from './operations.js'

declare module 'vitest' {
  interface TaskMeta {
    /** The error codes and findings that the test's steps have ended with; see `codesOf`. */
    codes?: string[]
  }
}

/** The codes that a step has reported: `error DRIFT`, `finding EXCESS_ROLE`. */
export function codesOf({ outputs, report }: { outputs: Record<string, string>; report: Report | null }): string[] {
  // A step that was killed has no report.
  const { pairs, images, manifests, findings, error } = report ?? nothing
  const errors = [error, ...[...pairs, ...images, ...manifests].map(each => each.error)].flatMap(
    each => each?.code ?? [],
  )
  return [
    ...[...errors, outputs['error-code'] ?? ''].filter(Boolean).map(code => `error ${code}`),
    ...findings.map(({ code }) => `finding ${code}`),
  ]
}

const nothing = { pairs: [], images: [], manifests: [], findings: [], error: null }

/** A bug, which no test can provoke, and codes that the contract has for findings and drift only. */
const never = ['UNEXPECTED', 'RESIDUAL_ACCESS', 'RUNNING_IMAGE_GONE', 'NO_PRIVATE_ENDPOINT']

/** The codes that stand in a file of the kernel, read as text: Vitest loads this file with its configuration, and Node no TypeScript of packages. */
function readCodes(file: string, pattern: RegExp): string[] {
  const source = readFileSync(`${import.meta.dirname}/../../packages/kernel/src/${file}.ts`, 'utf8')
  return [...(pattern.exec(source)?.[1] ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code)
}

/** All codes of findings: a type's members do not exist at run time. */
export function findingCodes(): string[] {
  return readCodes('finding', /FindingCode =([\s\S]*?)\n\n/)
}

/** All codes that the action can report. */
function allCodes(): string[] {
  const errors = readCodes('error', /errorCodes = \[([\s\S]*?)\]/)
    .filter(code => !never.includes(code))
    .map(code => `error ${code}`)
  return [...errors, ...findingCodes().map(code => `finding ${code}`)]
}

/** A whole run fails if an error code or finding was reported by no step. */
export const codesReporter: Reporter = {
  onTestRunEnd(modules) {
    if (findWhole(modules.map(({ moduleId }) => moduleId)) !== 'test') return
    const seen = new Set(
      modules.flatMap(module => [...module.children.allTests()].flatMap(test => test.meta().codes ?? [])),
    )
    const lost = allCodes().filter(code => !seen.has(code))
    if (lost.length === 0) return
    console.error(`No scenario ends with these codes: ${lost.join(', ')}`)
    process.exitCode = 1
  },
}
