import { afterAll, describe, expect } from 'vitest'
import type { RequestRecord } from 'azure-simulator'
import { faultJobs, type FaultJob } from '../support/fault-jobs.js'
import {
  describeCell,
  describeRequest,
  expectHonest,
  expectSameEnd,
  faultNames,
  findRequestKinds,
  makeCells,
  makeReplicaCells,
  makeRunCells,
  runCell,
  type RequestKind,
} from '../support/fault-matrix.js'
import { it, startWorld, type StepEnd } from '../support/scenario.js'

const seen = new Set<string>()

/** The requests of a job without a fault, except those that an earlier job has sent. */
async function observe(job: FaultJob): Promise<{ without: StepEnd; fresh: RequestKind[]; recorded: RequestRecord[] }> {
  const scenario = await startWorld(job.beginning)
  try {
    const without = await (await job.prepare(scenario))()
    const all = findRequestKinds(without.requests)
    const fresh = all.filter(kind => !seen.has(describeRequest(kind)))
    for (const kind of all) seen.add(describeRequest(kind))
    return { without, fresh, recorded: without.requests }
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

afterAll(() => {
  const rows = [...faultNames, lagging].map(name => ({ name, ...(counts.get(name) ?? { cells: 0, held: 0 }) }))
  const sum = (what: 'cells' | 'held'): number => rows.reduce((total, row) => total + row[what], 0)
  const all = [...rows, { name: 'all', cells: sum('cells'), held: sum('held') }]
  console.log(all.map(({ name, cells, held }) => `${name.padEnd(32)} ${held} of ${cells}`).join('\n'))
})

for (const job of faultJobs) {
  const { without, fresh, recorded } = await observe(job)

  describe.concurrent(job.name, () => {
    it('ends as expected without a fault', () => {
      expect(without.outputs['error-code'], without.log).toBe(job.code ?? '')
    })

    const all = [...makeCells(fresh), ...makeRunCells(fresh), ...makeReplicaCells(recorded)]
    it.for(all.map(cell => [describeCell(cell), cell] as const))('%s', async ([, cell], { begin }) => {
      count(cell.kind.name, 'cells')
      const scenario = await begin(job.beginning)
      const { end, isChanged } = await runCell(job, cell, scenario)
      scenario.takeProblems()
      expectHonest(end, { isChanged })
      if (cell.position !== 'all' && !cell.kind.isFinal) expectSameEnd(end, without)
      count(cell.kind.name, 'held')
    })

    it(`a whole run: ${lagging}`, async ({ begin }) => {
      count(lagging, 'cells')
      const timing = { ...job.beginning?.timing, readAfterWriteMs: 4000, groupListingMs: 4000, propagationMs: 4000 }
      const scenario = await begin({ ...job.beginning, timing })
      const end = await (await job.prepare(scenario))()
      expectHonest(end, { isChanged: false })
      expectSameEnd(end, without)
      count(lagging, 'held')
    })
  })
}
