import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { afterAll, describe, expect } from 'vitest'
import type { RequestRecord } from 'azure-simulator'
import { brokenReports } from '../support/broken-reports.js'
import { faultJobs, type FaultJob } from '../support/fault-jobs.js'
import {
  createCellMaker,
  describeCell,
  describeRequest,
  expectHonest,
  expectSameEnd,
  faultNames,
  findRequestKinds,
  isPassing,
  isWait,
  lookAtWorld,
  makeReplicaCells,
  makeRunCells,
  runCell,
  type Cell,
  type CellEnd,
  type RequestKind,
} from '../support/fault-matrix.js'
import { it, startWorld } from '../support/scenario.js'

/**
 * A step of a job has 20 s, so no more run at once than the machine carries; those that mostly wait have limits of their own. If all that wait for an
 * answer began at once, the simulator would get hardly any CPU, and the step would take it for services that don't answer.
 */
const [limit, slowLimit] = [pLimit(6 * availableParallelism()), pLimit(6 * availableParallelism())]
const waitLimit = pLimit(2 * availableParallelism())

const seen = new Set<string>()

interface Observed {
  without: CellEnd
  /** The kinds of requests that no earlier job has sent. */
  fresh: RequestKind[]
  recorded: RequestRecord[]
}

/** Runs a job without a fault. */
async function observe(job: FaultJob): Promise<Observed> {
  const scenario = await startWorld(job.beginning)
  try {
    const end = await (await job.prepare(scenario))()
    const all = findRequestKinds(end.requests)
    const fresh = all.filter(kind => !seen.has(describeRequest(kind)))
    for (const kind of all) seen.add(describeRequest(kind))
    return { without: { end, world: lookAtWorld(scenario) }, fresh, recorded: end.requests }
  } finally {
    await scenario.simulator.close()
  }
}

/** The numbers of cells of a fault, and of those that held. */
const counts = new Map<string, { cells: number; held: number }>()

function count(fault: string, what: 'cells' | 'held'): void {
  const tally = counts.get(fault) ?? { cells: 0, held: 0 }
  tally[what] += 1
  counts.set(fault, tally)
}

const lagging = 'a list that lags'
const brokenFile = "a file that isn't a report"

afterAll(() => {
  const names = [...faultNames, lagging, brokenFile]
  const rows = names.map(name => ({ name, ...(counts.get(name) ?? { cells: 0, held: 0 }) }))
  const sum = (what: 'cells' | 'held'): number => rows.reduce((total, row) => total + row[what], 0)
  const all = [...rows, { name: 'all', cells: sum('cells'), held: sum('held') }]
  console.log(all.map(({ name, cells, held }) => `${name.padEnd(32)} ${held} of ${cells}`).join('\n'))
})

const jobs: { job: FaultJob; without: CellEnd; cells: Cell[] }[] = []
const makeCells = createCellMaker()
const hosts = new Set<string>()
for (const job of faultJobs) {
  const { without, fresh, recorded } = await observe(job)
  // Those that wait start first.
  const cells = [...makeRunCells(fresh, hosts), ...makeCells(fresh), ...makeReplicaCells(recorded)]
  for (const { host } of fresh) hosts.add(host)
  jobs.push({ job, without, cells })
}
jobs.sort((a, b) => Number(b.job.isSlow ?? false) - Number(a.job.isSlow ?? false))

for (const { job, without, cells } of jobs)
  describe.concurrent(job.name, () => {
    it('ends as expected without a fault', () => {
      expect(without.end.outputs['error-code'], without.end.log).toBe(job.code ?? '')
    })

    it.for(cells.map(cell => [describeCell(cell), cell] as const))('%s', async ([, cell], { begin }) => {
      const run = async (onWait?: () => void): Promise<void> => {
        count(cell.kind.name, 'cells')
        const scenario = await begin(job.beginning)
        const { isChanged, ...ended } = await runCell(job, cell, scenario, onWait)
        scenario.takeProblems()
        expectHonest(ended.end, { isChanged })
        if (isPassing(cell)) expectSameEnd(ended, without)
        count(cell.kind.name, 'held')
      }
      if (!isWait(cell)) {
        await (job.isSlow ? slowLimit : limit)(() => run())
        return
      }
      // It has its turn until it begins to wait.
      let running = Promise.resolve()
      const untilItWaits = (): Promise<void> =>
        new Promise(leave => {
          running = run(leave)
          running.then(leave, leave)
        })
      await waitLimit(untilItWaits)
      await running
    })

    it(`a whole run: ${lagging}`, async ({ begin }) => {
      await (job.isSlow ? slowLimit : limit)(async () => {
        count(lagging, 'cells')
        const timing = { ...job.beginning?.timing, readAfterWriteMs: 4000, groupListingMs: 4000, propagationMs: 4000 }
        const scenario = await begin({ ...job.beginning, timing })
        const end = await (await job.prepare(scenario))()
        expectHonest(end, { isChanged: false })
        expectSameEnd({ end, world: lookAtWorld(scenario) }, without)
        count(lagging, 'held')
      })
    })
  })

describe.concurrent("merge's files", () => {
  const merge = faultJobs.find(({ name }) => name === 'merge')

  it.for(brokenReports)('%s hides no drift of another job', async ([, put], { begin }) => {
    await limit(async () => {
      count(brokenFile, 'cells')
      const scenario = await begin(merge?.beginning)
      const run = await merge?.prepare(scenario, folder => {
        mkdirSync(join(folder, 'other'))
        put(join(folder, 'other', 'report.json'))
      })
      const end = await run?.()
      if (!end) throw new Error('there is no such job')
      expectHonest(end, { isChanged: false })
      expect(end.outputs, end.log).toMatchObject({ drift: 'true', 'error-code': 'INVALID_INPUT' })
      expect(scenario.world.github.issues).toHaveLength(1)
      count(brokenFile, 'held')
    })
  })
})
