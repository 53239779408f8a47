import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject } from 'vitest'
import { runStep, type StepResult } from 'azure-simulator/runner/step'
import { expectReport } from './report-schema.js'
import { inOriginal, readLog, type Beginning, type Scenario, type StepEnd } from './scenario.js'

const folders: string[] = []

// The folders of the test file that imports this.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Puts the reports where actions/download-artifact does: one folder per job, from `drift-0` on. */
export function downloaded(reports: (string | undefined)[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'))
  folders.push(folder)
  reports.forEach((report, index) => {
    if (report === undefined) return
    mkdirSync(join(folder, `drift-${index}`))
    writeFileSync(join(folder, `drift-${index}`, 'report.json'), report)
  })
  return folder
}

export type Merged = StepResult & ReturnType<typeof readLog>

let runs = 1_658_821_493

/** Makes reports those of a run, as if its jobs had left them. */
export function moveToRun(folder: string, run: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.json'))
  for (const path of names.map(name => join(folder, name))) {
    // Some are links, also to nothing, or folders.
    if (!lstatSync(path).isFile()) continue
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/"run":\{"id":"\d+"/, `"run":{"id":"${run}"`))
  }
}

/** The last job of the fleet's workflow, in a run of its own with the jobs that left the reports; with GITHUB_RUN_ID, in that run, and the reports stay those of theirs. */
export async function merge(
  { simulator }: Scenario,
  inputs: Record<string, string>,
  variables: Record<string, string> = {},
): Promise<Merged> {
  runs += 1
  const run = { GITHUB_RUN_ID: String(runs) }
  if (inputs.reports && !variables.GITHUB_RUN_ID && existsSync(inputs.reports)) moveToRun(inputs.reports, String(runs))
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment, ...run, ...variables }
  const end = inOriginal(
    await runStep({ node: inject('node'), inputs: { mode: 'merge', ...inputs }, environment }),
    simulator,
  )
  for (const report of [end.outputs.report, end.reportFile]) if (report) expectReport(report)
  expect(end.jobOutputs, 'the outputs are more than GitHub keeps').toEqual(end.outputs)
  return { ...end, ...readLog(end.stdout) }
}

/** Two subscriptions, each with a cluster called aks-prod-1 and a registry that it should pull from; the deployer can read both. */
export async function beginFleet(begin: (beginning: Beginning) => Promise<Scenario>) {
  const scenario = await begin({ runner: { workflow: 'fleet-drift', job: 'merge', eventName: 'schedule' } })
  const { world, subscription, deployer } = scenario
  const second = world.addSubscription({ displayName: 'Contoso test' })
  const group = second.addResourceGroup('rg-test')
  const cluster = group.addCluster('aks-prod-1')
  const registry = group.addRegistry('testacr')
  for (const { id } of [subscription, second])
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
  const fleet = [
    { 'subscription-id': subscription.subscriptionId, cluster: '*', registry: 'contosoacr' },
    { 'subscription-id': second.subscriptionId, cluster: '*', registry: 'testacr' },
  ]
  const check = async (index: number): Promise<StepEnd> => {
    const inputs = {
      mode: 'check',
      'fail-on-drift': 'false',
      'resource-group': '',
      ...fleet[index],
      'fleet-entry': JSON.stringify(fleet[index]),
    }
    const end = await scenario.attach(inputs)
    // A merge reads what Azure has said in each job.
    return { ...end, reportFile: end.asWritten.reportFile }
  }
  const checkAll = async () => {
    const ends = []
    for (const index of fleet.keys()) ends.push(await check(index))
    return ends
  }
  const grant = (of: typeof cluster, at: typeof registry) =>
    world.assignRole({ principalId: of.kubeletIdentity.objectId, role: 'AcrPull', scope: at.id })
  return { scenario, fleet: JSON.stringify(fleet), checkAll, cluster, registry, grant }
}
