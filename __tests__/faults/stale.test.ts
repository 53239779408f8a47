import { availableParallelism } from 'node:os'
import { choose } from 'azure-simulator/testing/parts'
import pLimit from 'p-limit'
import { afterAll, describe, inject } from 'vitest'
import { faultJobs } from '../support/fault-jobs.js'
import { expectHonest } from '../support/fault-matrix.js'
import { everyIt as it, startWorld } from '../support/scenario.js'
import { judgePlan, makePlans, runPlan } from '../support/stale-plans.js'

const limit = pLimit(2 * availableParallelism())

// An eighth is the plans of a job or two: a job's plans are derived from its own runs.
const isChosen = choose(inject('part'))
const chosen = faultJobs.filter((_, index) => isChosen(index))

const jobs = await Promise.all(chosen.map(job => limit(async () => ({ job, ...(await makePlans(job, startWorld)) }))))

/** The verdicts, by plan. */
const table = new Map(jobs.flatMap(({ job, plans }) => plans.map(({ name }) => [`${job.name}: ${name}`, 'not run'])))

afterAll(() => {
  const rows = [...table].filter(([, verdict]) => verdict !== 'not run')
  console.log([...rows.map(row => row.join(' → ')), `${rows.length} of ${table.size} plans`].join('\n'))
})

for (const { job, plans, known } of jobs.filter(({ plans }) => plans.length > 0))
  describe.concurrent(job.name, () => {
    for (const plan of plans)
      it(`${job.name}: ${plan.name}`, async ({ begin }) => {
        const row = `${job.name}: ${plan.name}`
        await limit(async () => {
          table.set(row, 'BROKEN')
          const without = known.find(({ others }) => others.join() === (plan.others ?? []).join())
          if (!without) throw new Error('there is no such run')
          const played = await runPlan(job, plan, without.ids, beginning => begin({ ...beginning, variations: 'none' }))
          if (plan.read) expectHonest(played.disturbed, { isChanged: false })
          expectHonest(played.second, { isChanged: false })
          table.set(row, judgePlan(played, plan, without))
        })
      })
  })
