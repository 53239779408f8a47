import { describe } from 'vitest'
import { faultJobs } from '../../support/fault-jobs.js'
import {
  createCellMaker,
  describeCell,
  expectHonest,
  expectSameEnd,
  findRequestKinds,
  isPassing,
  lookAtWorld,
  makeRunCells,
  runCell,
  type Cell,
} from '../../support/fault-matrix.js'
import { it } from '../../support/scenario.js'

/** The approximate number of sampled cells; `npm run test:faults` runs all. */
const size = 15

const [job] = faultJobs

/** An even sample: each fault, at each request, at each position in turn. */
function pick(cells: readonly Cell[]): Cell[] {
  const every = Math.ceil(cells.length / size)
  return cells.filter((_, index) => index % every === 0)
}

describe('the first job of the fault matrix', () => {
  it('holds for a sample of its faults', async ({ begin, expect }) => {
    if (!job) throw new Error('there is no job')
    const whole = await begin(job.beginning)
    const without = { end: await (await job.prepare(whole))(), world: lookAtWorld(whole) }
    const requests = findRequestKinds(without.end.requests)
    const sample = pick([
      ...createCellMaker()(requests),
      ...makeRunCells(requests).filter(({ kind }) => kind.fault.connect),
    ])
    expect(sample.length).toBeGreaterThan(10)
    await Promise.all(
      sample.map(async cell => {
        const scenario = await begin(job.beginning)
        const { isChanged, ...ended } = await runCell(job, cell, scenario)
        scenario.takeProblems()
        try {
          expectHonest(ended.end, { isChanged })
          if (isPassing(cell)) expectSameEnd(ended, without)
        } catch (error) {
          throw new Error(describeCell(cell), { cause: error })
        }
      }),
    )
  })
})
