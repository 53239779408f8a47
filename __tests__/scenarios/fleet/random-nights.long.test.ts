import { expect } from 'vitest'
import { createRandom, type Cluster, type Registry, type RoleAssignment } from 'azure-simulator'
import { headlineOf } from '../../support/reading.js'
import { it, type Scenario } from '../../support/scenario.js'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMemory } from 'drift-issue/src/memory.js'
import { merge, type Merged } from '../../support/fleet.js'

/** One entry of the fleet, and the clusters that it is about. */
interface Part {
  entry: Record<string, string>
  clusters: () => readonly Cluster[]
  registry: Registry
  /** What the checking identity can read it by. */
  right: RoleAssignment
}

/** What a job of a run has found, whatever became of its file: which of its clusters lack their grant. */
interface Found {
  text: string
  attempt: number
  drifted: readonly string[]
  fine: readonly string[]
  /** Whether it could not read its clusters. */
  isBlind: boolean
}

/** A run of the workflow: its fleet, and what each job has left. */
interface Run {
  id: number
  day: string
  attempt: number
  parts: readonly Part[]
  left: Map<Part, Found>
}

/** What people see in the morning, and what should be there. */
interface Morning {
  what: string
  end: Merged
  expected: {
    exitCode: number
    attached: string
    drift: string
    code: RegExp
    mark: string
    listed: readonly string[] | undefined
  }
  /** What the issue lists; undefined if it is closed, or there is none. */
  listed: readonly string[] | undefined
  isEarlierTold: boolean
  hasEarlier: boolean
}

const dayMs = 86_400_000

/** Runs nights of a fleet in which things go wrong, and tells what each morning should show: this model knows the world, and none of the action's code. */
function createNights(scenario: Scenario, parts: readonly Part[], random: () => number) {
  const { world, simulator } = scenario
  const chance = (share: number): boolean => random() < share
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const grants = new Map<Cluster, RoleAssignment>()
  const kept = mkdtempSync(join(tmpdir(), 'nights-'))
  let fleet = [...parts]
  /** The clusters and registries that the issue lists. */
  let memory = new Set<string>()
  let hasIssue = false
  let writer = 0
  const nameOf = ({ id }: Cluster, { registry }: Part): string => `${id.toLowerCase()} on ${registry.name}`
  const runs: Run[] = []

  const grant = (cluster: Cluster, { registry }: Part): void => {
    const principalId = cluster.kubeletIdentity.objectId
    grants.set(cluster, world.assignRole({ principalId, role: 'AcrPull', scope: registry.id }))
  }
  const toggle = (cluster: Cluster, part: Part): void => {
    const held = grants.get(cluster)
    if (!held) return grant(cluster, part)
    world.assignments.remove(held)
    grants.delete(cluster)
  }
  for (const part of parts) for (const cluster of part.clusters()) grant(cluster, part)

  const environmentOf = ({ id, day, attempt }: Run, skewMs: number): Record<string, string> => ({
    GITHUB_RUN_ID: String(id),
    GITHUB_RUN_NUMBER: String(id - 1000),
    GITHUB_RUN_ATTEMPT: String(attempt),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
      const { now } = Date
      const offset = ${Date.parse(`${day}T03:17:00Z`) + skewMs} - now()
      Date.now = () => now() + offset
    `)}`,
  })

  /** What goes wrong in a job. */
  type Mishap = 'nothing' | 'cancelled' | 'blind'
  const check = async (run: Run, part: Part, mishap: Mishap): Promise<void> => {
    if (mishap === 'cancelled') return
    const { name: _, ...inputs } = part.entry
    if (mishap === 'blind') world.assignments.remove(part.right)
    const { report, reportFile } = await scenario.attach(
      {
        mode: 'check',
        'fail-on-drift': 'false',
        'resource-group': '',
        'fleet-entry': JSON.stringify(part.entry),
        ...inputs,
      },
      { environment: environmentOf(run, chance(0.2) ? 20 * 60_000 : 0) },
    )
    if (mishap === 'blind')
      part.right = world.assignRole({ principalId: part.right.principalId, role: 'Reader', scope: part.right.scope })
    const [drifted, fine] = [false, true].map(isFine =>
      part
        .clusters()
        .filter(cluster => grants.has(cluster) === isFine)
        .map(cluster => nameOf(cluster, part)),
    )
    const isBlind = mishap === 'blind'
    if (!report.run) throw new Error('the report names no run')
    run.left.set(part, {
      text: reportFile,
      attempt: run.attempt,
      isBlind,
      drifted: isBlind ? [] : (drifted ?? []),
      fine: isBlind ? [] : (fine ?? []),
    })
  }

  /** Merges what the jobs of a run have left, on a runner that may have kept files of the run before. */
  const mergeRun = async (run: Run, what: string, before?: Run): Promise<Morning> => {
    const folder = join(kept, 'reports')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    const lay = (index: number, text: string): void => {
      mkdirSync(join(folder, `drift-${index}`))
      writeFileSync(join(folder, `drift-${index}`, 'report.json'), text)
    }
    for (const [index, part] of run.parts.entries()) {
      const file = run.left.get(part) ?? before?.left.get(part)
      if (file) lay(index, file.text)
    }
    const isReadOnly = chance(0.1)
    const token = world.github.tokens.get('ghs_simulated')
    if (token) token.issues = isReadOnly ? 'read' : 'write'
    const end = await merge(
      scenario,
      { reports: folder, fleet: JSON.stringify(run.parts.map(({ entry }) => entry)), 'drift-issue': 'fleet' },
      { ...environmentOf(run, 0), GITHUB_WORKFLOW: chance(0.3) ? 'renamed' : 'fleet-drift' },
    )
    if (token) token.issues = 'write'
    const found = run.parts.map(part => run.left.get(part))
    const drifted = found.flatMap(each => each?.drifted ?? [])
    const fine = found.flatMap(each => each?.fine ?? [])
    const blind = found.filter(each => !each || each.isBlind)
    const isOvertaken = hasIssue && writer > run.id
    // Without anything that was checked, nothing is known about the issue.
    if (!isReadOnly && !isOvertaken && drifted.length + fine.length > 0) {
      const wasOpen = memory.size > 0
      memory = new Set([...memory].filter(each => !fine.includes(each)).concat(drifted))
      hasIssue ||= memory.size > 0
      if (hasIssue && (wasOpen || memory.size > 0)) writer = run.id
    }
    const [issue] = world.github.issues
    const former = issue?.state === 'open' ? readMemory(issue.body).former : undefined
    const hasEarlier = found.some(each => each && each.attempt < run.attempt)
    const code = blind.length > 0 ? /^(REPORT_MISSING|[A-Z_]+)$/ : drifted.length > 0 ? /^DRIFT$/ : /^$/
    return {
      what: `${what}${isReadOnly ? ', read-only' : ''}${isOvertaken ? ', overtaken' : ''}`,
      end,
      hasEarlier,
      expected: {
        exitCode: blind.length + drifted.length > 0 ? 1 : 0,
        attached: String(blind.length + drifted.length === 0),
        drift: String(drifted.length > 0),
        code,
        mark: drifted.length > 0 ? '✗' : blind.length > 0 ? '?' : '✓',
        listed: memory.size > 0 ? [...memory].sort() : undefined,
      },
      listed: former?.map(({ target, registry }) => `${target.toLowerCase()} on ${registry.split('.')[0]}`).sort(),
      isEarlierTold: / ago, in attempt \d\b/.test(end.log),
    }
  }

  return {
    /** A night, with what may be done again by people on the next day. */
    async next(index: number): Promise<Morning[]> {
      for (const part of parts) for (const cluster of part.clusters()) if (chance(0.15)) toggle(cluster, part)
      // Somebody edits the fleet: what its last entry is about is checked by nobody for a night.
      fleet = chance(0.1) ? parts.slice(0, -1) : [...parts]
      const day = new Date(Date.parse('2026-12-01') + index * dayMs).toISOString().slice(0, 10)
      const run: Run = { id: 1100 + 10 * index, day, attempt: 1, parts: fleet, left: new Map() }
      const before = runs.at(-1)
      const mornings: Morning[] = []
      const mishaps = fleet.map((): Mishap => (chance(0.15) ? 'cancelled' : chance(0.1) ? 'blind' : 'nothing'))
      await Promise.all(fleet.map((part, at) => check(run, part, mishaps[at] ?? 'nothing')))
      mornings.push(await mergeRun(run, `night ${index}: ${mishaps.join(', ')}`, chance(0.5) ? before : undefined))
      runs.push(run)
      const failed = fleet.filter((_, at) => mishaps[at] !== 'nothing')
      if (failed.length > 0 && chance(0.6)) {
        // Re-run failed jobs, and sometimes all.
        run.attempt = 2
        const again = chance(0.3) ? fleet : failed
        const cluster = pick(again[0]?.clusters() ?? [])
        if (cluster && again[0] && chance(0.5)) toggle(cluster, again[0])
        await Promise.all(again.map(part => check(run, part, 'nothing')))
        mornings.push(await mergeRun(run, `night ${index}: ${again.length} of ${fleet.length} jobs again`))
      }
      const older = pick(runs.slice(0, -1))
      if (older && chance(0.25)) {
        // A person re-runs the last job of an older run.
        Object.assign(older, { day, attempt: older.attempt + 1 })
        mornings.push(await mergeRun(older, `night ${index}: run ${older.id} again`))
      }
      return mornings
    },
    end: () => {
      rmSync(kept, { recursive: true })
      return simulator.problems
    },
  }
}

// `SEED=$RANDOM` tries other nights.
const first = Number(process.env.SEED ?? 20_261_129)

it.for([first, first + 1, first + 2])(
  'each morning shows what is so, whatever went wrong in the nights of a fleet (seed %i)',
  async (seed, { begin }) => {
    const scenario = await begin({ runner: { workflow: 'fleet-drift', job: 'merge', eventName: 'schedule' } })
    const { world, deployer, subscription, registry, cluster, group } = scenario
    const second = world.addSubscription({ displayName: 'Contoso two' })
    const third = world.addSubscription({ displayName: 'Contoso three' })
    const [two, three] = [second.addResourceGroup('rg-two'), third.addResourceGroup('rg-three')]
    const twoAcr = two.addRegistry('twoacr')
    const read = (scope: string) => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
    // The identity reads the third entry's registry whatever becomes of the second entry's subscription.
    read(twoAcr.id)
    const own = [cluster, group.addCluster('aks-prod-2')]
    const listed = [two.addCluster('aks-1'), two.addCluster('aks-2')]
    const named = [three.addCluster('aks-1'), three.addCluster('aks-10')]
    const nights = createNights(
      scenario,
      [
        {
          entry: { name: 'one', 'subscription-id': subscription.subscriptionId, cluster: '*', registry: 'contosoacr' },
          clusters: () => own,
          registry,
          right: read(subscription.id),
        },
        {
          entry: { name: 'two', 'subscription-id': second.subscriptionId, cluster: '*', registry: 'twoacr' },
          clusters: () => listed,
          registry: twoAcr,
          right: read(second.id),
        },
        {
          entry: {
            name: 'three',
            'subscription-id': third.subscriptionId,
            cluster: 'aks-1\naks-10',
            'resource-group': 'rg-three',
            registry: twoAcr.id,
          },
          clusters: () => named,
          registry: twoAcr,
          right: read(third.id),
        },
      ],
      createRandom(seed),
    )
    for (let night = 0; night < 8; night += 1)
      for (const { what, end, expected, listed: shown, isEarlierTold, hasEarlier } of await nights.next(night)) {
        const told = `${what}\n${end.log}`
        expect(end.exitCode, told).toBe(expected.exitCode)
        expect(end.outputs, told).toMatchObject({ attached: expected.attached, drift: expected.drift })
        expect(end.outputs['error-code'], told).toMatch(expected.code)
        expect(headlineOf(end)[0], told).toBe(expected.mark)
        expect(shown, told).toEqual(expected.listed)
        expect(isEarlierTold, told).toBe(hasEarlier)
      }
    expect(nights.end()).toEqual([])
  },
)
