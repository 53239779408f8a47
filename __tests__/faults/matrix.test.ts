import { describe, expect } from 'vitest'
import { faultJobs, type FaultJob } from '../support/fault-jobs.js'
import {
  describeCell,
  describeRequest,
  expectHonest,
  expectSameEnd,
  findRequestKinds,
  makeCells,
  runCell,
  type RequestKind,
} from '../support/fault-matrix.js'
import { it, startWorld, type StepEnd } from '../support/scenario.js'

const seen = new Set<string>()

/** Jobs one after the other; of requests that an earlier job has sent, only writes are struck again. */
async function observe(job: FaultJob): Promise<{ without: StepEnd; requests: RequestKind[] }> {
  const scenario = await startWorld(job.beginning)
  try {
    const without = await (await job.prepare(scenario))()
    const all = findRequestKinds(without.requests)
    const requests = all.filter(kind => !['GET', 'HEAD'].includes(kind.method) || !seen.has(describeRequest(kind)))
    const fresh = requests.filter(kind => !seen.has(describeRequest(kind)))
    for (const kind of all) seen.add(describeRequest(kind))
    return { without, requests: fresh.length > 0 ? fresh : [] }
  } finally {
    await scenario.simulator.close()
  }
}

for (const job of faultJobs) {
  const { without, requests } = await observe(job)

  describe.concurrent(job.name, () => {
    it('ends as it should without a fault', () => {
      expect(without.outputs['error-code'], without.log).toBe(job.code ?? '')
    })

    const cells = makeCells(requests).map(cell => [describeCell(cell), cell] as const)
    it.for(cells)('%s', async ([, cell], { begin }) => {
      const scenario = await begin(job.beginning)
      const { end, isChanged } = await runCell(job, cell, scenario)
      scenario.takeProblems()
      expectHonest(end, { isChanged })
      if (cell.position !== 'all' && !cell.kind.isFinal) expectSameEnd(end, without)
    })
  })
}
