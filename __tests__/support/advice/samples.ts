import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import type { Annotation } from 'azure-simulator/runner/log'
import { runsSince } from '../running.js'

const file = join(resolve(import.meta.dirname, '../../..'), 'docs/samples.json')

const marks = { error: '✗', warning: '⚠', notice: 'ℹ' }

/** Codes that an error and a finding share: the sample is the error. */
const shared = ['CLUSTER_STOPPED', 'BOOTSTRAP_REGISTRY', 'NO_KUBELET_IDENTITY', 'AZURE_REFUSED', 'AUTHORIZATION_FAILED']

/** Expects that docs/samples.json has a code with the same title and message as the log. `npm run samples` sets `SAMPLES`, which writes it there instead. */
export function expectSample(code: string, annotations: readonly Annotation[]): void {
  const seen = annotations.find(({ title }) => new RegExp(`^attach-acr: ${code}( on .+)?$`).test(title))
  if (shared.includes(code) && seen?.level !== 'error') return
  const sample = seen ? toSample(seen) : ''
  expect(datesIn(sample), 'a sample must be the same on any day').toEqual([])
  expectKept(code, sample, String)
}

/**
 * The same for a part of a log. How long something takes, and how many nodes are done first, differs between runs: if all pull in one round, there is no line about
 * those that are still refused; if they don't, there are several about some of them.
 */
export function expectLogSample(name: string, log: string): void {
  expectKept(name, masked(log.trimEnd()), text => {
    const lines = text
      .replaceAll(/\b\d+:\d\d\b|\b\d+\.\d s\b|…[0-9a-f]{4}\b/g, '…')
      .replaceAll(/\b\d+ (?=of \d)/g, '… ')
      .replaceAll(/ nodes? (?:was|were) (refused .* reached) (?:it|them) /g, ' nodes were $1 them ')
    const kept = lines.split('\n').filter(line => !/ nodes pulled .*; .* nodes? (was|were) refused /.test(line))
    return [...new Set(kept.map(line => line.replaceAll(/ +/g, ' ')))].join('\n')
  })
}

/** `alike` makes samples of different runs equal. */
function expectKept(name: string, sample: string, alike: (text: string) => string): void {
  const samples = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  if (process.env.SAMPLES) {
    if (alike(samples[name] ?? '') === alike(sample)) return
    const all = Object.entries({ ...samples, [name]: sample }).sort(([a], [b]) => (a < b ? -1 : 1))
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  } else expect(alike(samples[name] ?? ''), 'npm run samples').toBe(alike(sample))
}

/**
 * The dates in a sample that depend on the day on which it is made. Nothing masks dates: the world of a case must have a fixed one wherever a
 * message shows it, as that of `runImage`.
 */
const datesIn = (sample: string): string[] =>
  (sample.match(/\b\d{4}-\d\d-\d\d\b/g) ?? []).filter(date => !runsSince.startsWith(date))

/** Title and message, without the advice. */
function toSample({ level, title, message }: Annotation): string {
  const [said = ''] = message.split('\n')
  return masked(`${marks[level]} ${title.replace('attach-acr: ', '')}\n  ${said}`)
}

/** Makes values equal that vary between runs: GUIDs and digests. */
function masked(text: string): string {
  return text
    .replaceAll('rg-(prod)', 'rg-shop')
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, '00000000-0000-0000-0000-000000000000')
    .replaceAll(/(attach-acr-probe-)[0-9a-f]{16}-[a-z0-9]{5}/g, '$100000000-abcde')
    .replaceAll(/\b[0-9a-f]{32}\b/gi, '0'.repeat(32))
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
}
