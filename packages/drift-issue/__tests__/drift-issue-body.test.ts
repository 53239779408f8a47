import { describe, expect, it, vi } from 'vitest'
import { fix } from 'kernel'
import { describeDriftInFull, toSpot, type Drift, type DriftItem } from 'report-document'
import { driftBody, driftTitle } from '../src/text.js'
import { commandBlock } from 'texts'
import { reportedPair } from '../../../__tests__/support/drift-report.js'
import {
  commandsOf,
  sampleDrift,
  sampleGap,
  sampleId,
  sampleItem,
  sampleLink,
  sampleRepair,
  sampleStanding,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const acr = sampleRegistry().id
const lacking = (name: string, more: Partial<DriftItem> = {}) =>
  sampleItem(sampleId(name), { registryId: sampleId('contosoacr', 'rg-acr'), ...more })
const refused = (name: string) => lacking(name, { code: 'PULL_DENIED', message: 'It is refused.', fix: fix('Wait.') })
const image = (name: string, code = 'IMAGE_NOT_FOUND') => sampleItem(name, { kind: 'input', code, registryId: acr })
const many = (count: number, more: Partial<DriftItem> = {}) =>
  Array.from({ length: count }, (_, index) => lacking(`aks-${index}`, more))
/** The whole text of a drift, within the limit of GitHub. */
const tell = (items: DriftItem[], more: Partial<Drift> = {}, room = 60_000): string =>
  describeDriftInFull(sampleDrift(items, more), room)
const header = '|  | what | registry | drift |\n| - | - | - | - |'
const row = (name: string) => `| ✗ | ${name} | contosoacr.azurecr.io | AcrPull is missing |`

describe('the title', () => {
  it('fits, however long its names are', () => {
    const titleOf = (length: number) => driftTitle(sampleStanding([sampleItem('a'.repeat(length))]))
    const end = " can't pull from contosoacr"
    const most = 256 - `Drift: ${end}`.length
    expect(titleOf(most)).toMatch(/^Drift: a+ .*acr$/)
    expect(titleOf(most)).toHaveLength(256)
    expect(titleOf(most + 1)).toMatch(/…$/)
    expect(titleOf(most + 1)).toHaveLength(256)
    expect(titleOf(500)).toHaveLength(256)
  })
})

describe('a few drifted items', () => {
  it('show the missing access, or their code and reason, on one line and shortened', () => {
    const what = `no\n${'x'.repeat(800)}`
    const text = tell([refused('aks-1'), lacking('aks-2', { message: '' }), lacking('aks-3', { message: what })])
    expect(text).toContain('| ✗ | aks-1 | contosoacr.azurecr.io | PULL\\_DENIED: It is refused. |')
    expect(text).toContain('| ✗ | aks-2 | contosoacr.azurecr.io | missing |')
    expect(text).toContain(`| ✗ | aks-3 | contosoacr.azurecr.io | no ${'x'.repeat(696)}… |`)
    expect(tell([refused('b'), lacking('a', { message: 'x'.repeat(700) })])).toContain(` ${'x'.repeat(700)} |`)
  })

  it('show a readable number of reasons for unchecked items', () => {
    const blind = Array.from({ length: 22 }, (_, index) => sampleGap(`job ${index}: ${'x'.repeat(800)}`))
    const lines = tell([], { gaps: blind }).split('\n')
    expect(lines).toHaveLength(2 + 21)
    expect(lines[2]).toBe(`- job 0: ${'x'.repeat(692)}…`)
    expect(lines.at(-1)).toBe('- and 2 more')
    expect(
      tell([], { gaps: blind.slice(0, 20) })
        .split('\n')
        .at(-1),
    ).toMatch(/^- job 19: /)
  })
})

describe('the advice', () => {
  const advise = (items: DriftItem[]): string => tell(items).split('### What to do\n\n')[1] ?? ''

  it('has the commands, and a step with the same effect', () => {
    vi.stubEnv('GITHUB_REPOSITORY', 'contoso/shop')
    vi.stubEnv('GITHUB_WORKFLOW_REF', 'contoso/shop/.github/workflows/nightly.yml@refs/heads/main')
    const items = [lacking('aks-1', { repairs: [sampleRepair('one'), sampleRepair('one', { role: '', group: 'g' })] })]
    const stepOf = (repository: string, ref: string): string => {
      vi.stubEnv('GITHUB_ACTION_REPOSITORY', repository)
      vi.stubEnv('GITHUB_ACTION_REF', ref)
      return /- uses: .*/.exec(advise(items))?.[0] ?? ''
    }
    expect(stepOf('contoso/attach-acr', 'v1')).toBe('- uses: contoso/attach-acr@v1')
    expect(stepOf('contoso/attach-acr', '')).toBe('- uses: contoso/attach-acr')
    expect(stepOf('', '')).toBe('- uses: ./')
    const text = advise(items)
    expect(text).toContain(`**\n\n${commandBlock(commandsOf({ items }))}\n\n`)
    expect(text.indexOf('The same step with mode: attach creates what is missing.')).toBe(0)
    expect(commandsOf({ items })).toHaveLength(2)
    expect(text).toContain('<summary>The step</summary>\n\n```yaml\n- uses: ./\n  with:\n')
    expect(text).toContain(
      '    mode: attach\n    # and the other inputs of the step in .github/workflows/nightly.yml, with an identity that is allowed to assign roles\n```',
    )
  })

  it('includes a search for the author of the change, if access was lost and not regained otherwise', () => {
    const groups = ['rg-a', 'rg-b', 'rg-a', 'rg-c', 'rg-d']
    const items = groups.map((group, index) => lacking(`aks-${index}`, { registryId: sampleId('acr', group) }))
    expect([...advise(items).matchAll(/--resource-group (\S+)/g)].map(([, group]) => group)).toEqual([
      'rg-a',
      'rg-b',
      'rg-c',
    ])
    const others = [
      lacking('aks-1', { access: 'by-broader-role' }),
      lacking('aks-2', { access: 'otherwise' }),
      lacking('aks-3', { registryId: '' }),
      image('nginx:1'),
    ]
    expect(advise(others)).not.toContain('activity-log')
    expect(advise(others)).not.toContain('Who changed')
  })
})

describe('many drifted items', () => {
  it('that could not be checked have one row for several registries, with names in place of IDs', () => {
    const [first] = many(1)
    const message = `gh-deployer (object ID 11111111-2222-4333-8444-555555555555) may not read ${first?.target ?? ''}`
    const unknown = ['a', 'b', 'c', 'd'].map(registry => ({ ...refused('aks-x'), message, registry }))
    const text = tell([], { unknown })
    expect(text.match(/^\| \? \| aks-x .*$/gm)).toEqual([
      expect.stringMatching(
        /^\| \? \| aks-x \| a, b, c and 1 more \| PULL\\_DENIED: gh-deployer may not read aks-0 \|$/,
      ),
    ])
  })

  it('have as many causes as fit, and the number of the others', () => {
    const scattered = Array.from({ length: 400 }, (_, at) =>
      lacking(`aks-${at}`, { registry: `r${at}.azurecr.io`, registryId: '' }),
    )
    const text = tell(scattered, {}, 20_000)
    const shown = text.match(/^\*\*aks-/gm)?.length ?? 0
    expect(shown).toBeGreaterThan(50)
    expect(text).toContain(`\n\nand ${400 - shown} more causes, which the rows below have\n\n`)
  })

  it('show as many rows as fit, and the number of the others', () => {
    const images = [0, 1, 2].map(index => image(`app:${index}`))
    const items = [...many(2), refused('aks-x'), ...images, ...many(9).slice(2)]
    const rowLength = row('aks-0').length + 1
    const rowsIn = (room: number): string => {
      const text = tell([], { unknown: items }, room)
      return `${text.split('\n').filter(line => /^\| \? \| (aks|app)/.test(line)).length} ${/and .*/.exec(text.split('\n\n').at(-1) ?? '')?.[0] ?? ''}`
    }
    expect(rowsIn(60_000)).toBe('13 ')
    // A quarter of the room, except for the reserved part.
    const room = (rows: number) => 4 * (60 + header.length - 2 + rowLength * rows - 1) + 300
    expect(tell([], { unknown: items.slice(0, 3) }, room(2))).toMatch(/\n\nand 1 more, [a-z ]+$/)
    expect(rowsIn(room(2))).toBe('2 and 11 more, which the report file lists')
    expect(rowsIn(room(2) - 4)).toBe('1 and 12 more, which the report file lists')
    expect(rowsIn(room(0))).toBe('0 and 13 more, which the report file lists')
    expect(rowsIn(0)).toBe('0 and 13 more, which the report file lists')
  })

  it('fit together with everything else that is reported', () => {
    const blind = Array.from({ length: 20 }, (_, index) => sampleGap(`job ${index}: ${'x'.repeat(600)}`))
    const unseen = Array.from({ length: 20 }, (_, index) => sampleUnknown(`role ${index}: ${'x'.repeat(600)}`))
    const spots = many(400).map(({ target }) => toSpot(reportedPair('aks', { target })))
    const more = { unknown: many(400), gaps: blind, unseen, spots }
    const long = { message: 'x'.repeat(700) }
    // With so many registries that their counts need room.
    const scattered = Array.from({ length: 400 }, (_, index) =>
      lacking(`aks-${index}`, { ...long, registry: `${'registry'.repeat(5)}${index % 20}.azurecr.io`, registryId: '' }),
    )
    const titled = sampleDrift([lacking('a'.repeat(3000))], { unknown: scattered })
    expect(driftBody({ drift: titled, staying: [] }, sampleLink, 20_000).length).toBeLessThanOrEqual(20_000)
    for (const room of [45_000, 60_000, 65_000])
      for (const items of [many(40, long), many(400), many(400, long), scattered]) {
        const { length } = tell(items, more, room)
        expect(length).toBeLessThanOrEqual(room)
        // No room is wasted either.
        if (items.length > 40) expect(length).toBeGreaterThan(room / 2)
      }
  })
})
