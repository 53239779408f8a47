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
const header = '| what | registry | drift |\n| - | - | - |'
const row = (name: string) => `| ${name} | contosoacr.azurecr.io | AcrPull is missing |`

describe('the title', () => {
  it('fits, however long its names are', () => {
    expect(driftTitle(sampleStanding([lacking('aks-1')]))).toBe('Drift: aks-1')
    const titleOf = (length: number) => driftTitle(sampleStanding([sampleItem('a'.repeat(length))]))
    const most = 256 - 'Drift: '.length
    expect(titleOf(most)).toMatch(/^Drift: a+$/)
    expect(titleOf(most)).toHaveLength(256)
    expect(titleOf(most + 1)).toMatch(/a…$/)
    expect(titleOf(most + 1)).toHaveLength(256)
    expect(titleOf(500)).toHaveLength(256)
  })

  it('counts, and never lists', () => {
    const items = ['aks-1', 'aks-2', 'aks-3'].map((name, at) => lacking(name, { registry: `acr${at}.azurecr.io` }))
    expect(driftTitle(sampleStanding(items, { fine: [lacking('aks-4')] }))).toBe('Drift: 3 of 4 clusters')
    expect(driftTitle(sampleStanding([...items, image('nginx:1')]))).toBe('Drift: 3 of 3 clusters and 1 image')
    expect(driftTitle(sampleStanding([image('nginx:1'), image('nginx:2')]))).toBe('Drift: 2 images')
  })
})

describe('the body', () => {
  it("does not show Azure's answers, which the summary shows once each: correlation IDs change with every run", () => {
    const azure = { status: 404, code: 'ResourceNotFound', message: 'No.', correlationId: 'abc', isForeign: false }
    const items = ['aks-1', 'aks-2'].map(name => lacking(name, { code: 'REGISTRY_NOT_FOUND', message: 'No.', azure }))
    expect(tell(items).match(/`\[Azure: ResourceNotFound, correlation abc\]`/g)).toHaveLength(1)
    const standing = sampleStanding(items, { unknown: [lacking('aks-3', { azure })] })
    expect(driftBody(standing, sampleLink, 60_000)).not.toContain('ResourceNotFound')
  })

  it('shows since when each item has drifted, if not all have since the same run', () => {
    const now = Date.parse('2026-11-28T02:00:00Z')
    const standing = sampleStanding(['aks-1', 'aks-2'].map(name => lacking(name)))
    const [old = lacking('aks-1')] = standing.drift.items
    const sinceOf = (item: DriftItem) => ({
      ...{ on: item === old ? '2026-11-26' : '2026-11-28', number: item === old ? '7' : '9', run: '1' },
      isOrEarlier: false,
    })
    const body = driftBody({ ...standing, age: { since: sinceOf(old), sinceOf, now } }, sampleLink, 60_000)
    expect(body).toMatch(/^\| aks-1 \|.*\| day 3, run 7 \|$/m)
    expect(body).toMatch(/^\| aks-2 \|.*\| day 1, run 9 \|$/m)
  })

  it('shows the drift, the run that found it, and what happens to the issue', () => {
    const body = driftBody(sampleStanding([lacking('aks-1')]), { ...sampleLink, name: 'Nightly #7' }, 60_000)
    expect(body).toMatch(
      /^\*\*aks-1 can't pull from contosoacr\*\*, found by \[Nightly #\u200b7\]\(https:\/\/github\.com\/contoso\/shop\/actions\/runs\/1\)\.\n\nThis text is rewritten [^\n]* closes itself [^\n]*\n\n### What to do\n/,
    )
  })
})

describe('a few drifted items', () => {
  it('have the advice for each cause above the grid and their rows, with unchecked items before and after them', () => {
    const unknown = [lacking('aks-9', { code: 'THROTTLED', message: 'It did not answer.' })]
    const [blind, unseen] = [[sampleGap('rg-eu: no *report*')], [sampleUnknown('The role is secret.')]]
    const pairs = ['aks-1', 'aks-2'].map(name => reportedPair(name))
    const text = tell([lacking('aks-1'), lacking('aks-2')], {
      ...{ unknown, gaps: blind, unseen },
      spots: pairs.map(pair => toSpot(pair)),
    })
    expect(text.split('\n\n')).toEqual([
      '**Not checked** (not counted as drift):',
      '- rg-eu: no \\*report\\*',
      '### What to do',
      '**AcrPull on contosoacr is missing for 2**: aks-1, -2',
      'The same step with mode: attach creates what is missing.',
      '<details><summary>The step</summary>',
      expect.stringMatching(/^```yaml\n/),
      '</details>',
      '<details><summary>Who changed role assignments there in the last seven days</summary>',
      expect.stringMatching(/^```sh\naz monitor activity-log list [^`]* --resource-group rg-acr [^`]*\n```$/),
      '</details>',
      'DRIFT: see docs/troubleshooting.md of the action.',
      '| cluster | contosoacr |\n| - | - |\n| aks-1 | ✗ role missing |\n| aks-2 | ✗ role missing |',
      '<details><summary>2 rows, worst first</summary>',
      `${header}\n${row('aks-1')}\n${row('aks-2')}`,
      '</details>',
      '**Could not be checked** (not counted as drift):',
      '| what | registry | why |\n| - | - | - |\n| aks-9 | contosoacr.azurecr.io | THROTTLED: It did not answer. |',
      '**? Could not be checked:** The role is secret.',
    ])
  })

  it('show the missing access, or their code and reason, on one line and shortened', () => {
    const what = `no\n${'x'.repeat(800)}`
    const text = tell([refused('aks-1'), lacking('aks-2', { message: '' }), lacking('aks-3', { message: what })])
    expect(text).toContain('| aks-1 | contosoacr.azurecr.io | PULL\\_DENIED: It is refused. |')
    expect(text).toContain('| aks-2 | contosoacr.azurecr.io | missing |')
    expect(text).toContain(`| aks-3 | contosoacr.azurecr.io | no ${'x'.repeat(696)}… |`)
    expect(tell([refused('b'), lacking('a', { message: 'x'.repeat(700) })])).toContain(` ${'x'.repeat(700)} |`)
  })

  it('have no advice if none has drifted', () => {
    expect(tell([], { unknown: [lacking('aks-1')] })).toBe(
      `**Could not be checked** (not counted as drift):\n\n${header.replace('drift', 'why')}\n${row('aks-1')}`,
    )
    expect(tell([])).toBe('')
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
    expect(text).toContain(
      `**\n\n${commandBlock(commandsOf({ items }))}\n\nThe same step with mode: attach creates what is missing.\n\n`,
    )
    expect(commandsOf({ items })).toHaveLength(2)
    expect(text).toContain('<summary>The step</summary>\n\n```yaml\n- uses: ./\n  with:\n')
    expect(text).toContain(
      '    mode: attach\n    # and the other inputs of the step in .github/workflows/nightly.yml, with an identity that is allowed to assign roles\n```',
    )
  })

  it('has one part per cause, and no step if none would help', () => {
    const lost = ['aks-2', 'aks-3'].map(name =>
      lacking(name, { code: 'CLUSTER_NOT_FOUND', message: `There is no ${name}.`, fix: fix('') }),
    )
    const text = advise([...lost, refused('aks-1')])
    expect(text.split('\n\n').slice(0, 7)).toEqual([
      '**2 clusters were not found**: aks-2, -3',
      expect.stringContaining('no longer exists'),
      '<details><summary>In full</summary>',
      '- There is no aks-2.\n- There is no aks-3.',
      '</details>',
      "**aks-1 can't pull from contosoacr (PULL\\_DENIED): It is refused.**",
      'Wait.',
    ])
    expect(text).not.toContain('The step')
    expect(text).not.toContain('```yaml')
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

  it('links to the explanation of each code once', () => {
    const items = [lacking('aks-0'), refused('aks-1'), refused('aks-2'), image('nginx:1')]
    expect(advise(items)).toMatch(/\n\nDRIFT, PULL_DENIED: see docs\/troubleshooting\.md of the action\.\n/)
    vi.stubEnv('GITHUB_ACTION_REPOSITORY', 'contoso/attach-acr')
    expect(advise(items)).toMatch(/\n\n\[DRIFT\]\(\S+#drift\), \[PULL_DENIED\]\(\S+#pull_denied\): what it means\.\n/)
  })
})

describe('many drifted items', () => {
  it('are counted by cause, and their rows are folded', () => {
    const other = lacking('aks-y', { registry: 'other.azurecr.io', registryId: '' })
    const text = tell([refused('aks-x'), ...many(52), image('nginx:1'), other])
    const heads = text.split('\n\n').filter(part => part.startsWith('**'))
    expect(heads).toEqual([
      "**aks-x can't pull from contosoacr (PULL\\_DENIED): It is refused.**",
      expect.stringMatching(/^\*\*AcrPull on contosoacr is missing for 52\*\*: aks-0, -1, .*, -49 and 2 more$/),
      '**AcrPull is missing**',
      "**aks-y can't pull from other: AcrPull is missing**",
    ])
    expect(text).toContain(`<details><summary>55 rows, worst first</summary>\n\n${header}\n`)
    expect(text).toContain(`\n${row('aks-0')}\n${row('aks-1')}`)
  })

  it('that could not be checked are folded', () => {
    const few = tell(many(2), { unknown: many(51) })
    expect(few).toContain(
      '**Could not be checked** (not counted as drift):\n\n<details><summary>51 rows</summary>\n\n| what |',
    )
    expect(tell(many(2), { unknown: many(50) })).toContain('(not counted as drift):\n\n| what |')
    expect(tell(many(51))).not.toContain('could not be checked')
  })

  it('that could not be checked have one row for several registries, with names in place of IDs', () => {
    const [first] = many(1)
    const message = `gh-deployer (object ID 11111111-2222-4333-8444-555555555555) may not read ${first?.target ?? ''}`
    const unknown = ['a', 'b', 'c', 'd'].map(registry => ({ ...refused('aks-x'), message, registry }))
    const text = tell([], { unknown })
    expect(text.match(/^\| aks-x .*$/gm)).toEqual([
      expect.stringMatching(/^\| aks-x \| a, b, c and 1 more \| PULL\\_DENIED: gh-deployer may not read aks-0 \|$/),
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

  it('show as many rows as fit, and the counts of the rest, largest first', () => {
    const images = [0, 1, 2].map(index => image(`app:${index}`))
    const items = [...many(2), refused('aks-x'), ...images, ...many(9).slice(2)]
    const rowLength = row('aks-0').length + 1
    const rowsIn = (room: number): string => {
      const text = tell([], { unknown: items }, room)
      return `${text.split('\n').filter(line => /^\| (aks|app)/.test(line)).length} ${/and .*/.exec(text.split('\n\n').at(-1) ?? '')?.[0] ?? ''}`
    }
    expect(rowsIn(60_000)).toBe('13 ')
    // A quarter of the room, except for the reserved part.
    const room = (rows: number) => 4 * (600 + header.length - 2 + rowLength * rows - 1) + 300
    expect(tell([], { unknown: items.slice(0, 3) }, room(2))).toMatch(/\n\nand 1 more: 1 PULL_DENIED$/)
    expect(rowsIn(room(2))).toBe('2 and 11 more: 7 missing, 3 images (IMAGE_NOT_FOUND), 1 PULL_DENIED')
    expect(rowsIn(room(2) - 4)).toBe('1 and 12 more: 8 missing, 3 images (IMAGE_NOT_FOUND), 1 PULL_DENIED')
    expect(rowsIn(room(0))).toBe('0 and 13 more: 9 missing, 3 images (IMAGE_NOT_FOUND), 1 PULL_DENIED')
    expect(rowsIn(0)).toBe('0 and 13 more: 9 missing, 3 images (IMAGE_NOT_FOUND), 1 PULL_DENIED')
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
