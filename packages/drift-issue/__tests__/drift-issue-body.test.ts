import { describe, expect, it, vi } from 'vitest'
import { fix } from 'kernel'
import { describeDriftInFull, describeMany, type Drift, type DriftItem } from 'report-document'
import { driftBody, driftTitle } from '../src/text.js'
import {
  sampleDrift,
  sampleGap,
  sampleId,
  sampleItem,
  sampleLink,
  sampleStanding,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const acr = sampleRegistry().id
const lacking = (name: string, more: Partial<DriftItem> = {}) =>
  sampleItem(sampleId(name), { registryId: sampleId('contosoacr', 'rg-acr'), ...more })
const refused = (name: string) => lacking(name, { code: 'PULL_DENIED', message: 'It is refused.', fix: fix('Wait.') })
const image = (name: string, code = 'IMAGE_NOT_FOUND') => sampleItem(name, { kind: 'image', code, registryId: acr })
const many = (count: number, more: Partial<DriftItem> = {}) =>
  Array.from({ length: count }, (_, index) => lacking(`aks-${index}`, more))
/** The whole text of a drift, within the limit of GitHub. */
const tell = (items: DriftItem[], more: Partial<Drift> = {}, room = 60_000): string =>
  describeDriftInFull(sampleDrift(items, more), room)
const header = '| what | registry | drift |\n| - | - | - |'
const row = (name: string) => `| ${name} | contosoacr.azurecr.io | AcrPull is missing |`

describe('the title', () => {
  it('fits, however long its names are', () => {
    expect(driftTitle(sampleStanding([lacking('aks-1')]))).toBe("Drift: aks-1 can't pull from contosoacr")
    const titleOf = (length: number) => driftTitle(sampleStanding([sampleItem('a'.repeat(length))]))
    const most = 256 - "Drift:  can't pull from contosoacr".length
    expect(titleOf(most)).toMatch(/^Drift: a+ can't pull from contosoacr$/)
    expect(titleOf(most)).toHaveLength(256)
    expect(titleOf(most + 1)).toMatch(/contosoa…$/)
    expect(titleOf(most + 1)).toHaveLength(256)
    expect(titleOf(500)).toHaveLength(256)
  })
})

describe('the body', () => {
  it("does not show Azure's answers, which the summary shows once each: correlation IDs change with every run", () => {
    const azure = { status: 404, code: 'ResourceNotFound', message: 'No.', correlationId: 'abc', isForeign: false }
    const items = ['aks-1', 'aks-2'].map(name => lacking(name, { code: 'REGISTRY_NOT_FOUND', message: 'No.', azure }))
    expect(tell(items).match(/ResourceNotFound, correlation abc/g)).toHaveLength(1)
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
      /^\*\*aks-1 can't pull from contosoacr\*\*, found by \[Nightly #\u200b7\]\(https:\/\/github\.com\/contoso\/shop\/actions\/runs\/1\)\.\n\nThis text is rewritten [^\n]* closes itself [^\n]*\n\n\| what /,
    )
  })
})

describe('a few drifted items', () => {
  it('are rows above the advice, with unchecked items before and after them', () => {
    const unknown = [lacking('aks-9', { code: 'THROTTLED', message: 'It did not answer.' })]
    const [blind, unseen] = [[sampleGap('rg-eu: no *report*')], [sampleUnknown('The role is secret.')]]
    const text = tell([lacking('aks-1')], { unknown, blind, unseen })
    expect(text.split('\n\n')).toEqual([
      '**Not checked** (not counted as drift):',
      '- rg-eu: no \\*report\\*',
      `${header}\n${row('aks-1')}`,
      '**Could not be checked** (not counted as drift):',
      '| what | registry | why |\n| - | - | - |\n| aks-9 | contosoacr.azurecr.io | THROTTLED: It did not answer. |',
      '### What to do',
      expect.stringContaining('mode: attach'),
      'The step:',
      expect.stringMatching(/^```yaml\n/),
      'Who changed role assignments there in the last seven days:',
      expect.stringMatching(/^```sh\naz monitor activity-log list [^`]* --resource-group rg-acr [^`]*\n```$/),
      'DRIFT: see docs/troubleshooting.md of the action.',
      '**? Could not be checked:** The role is secret.',
    ])
  })

  it('show the missing access, or their code and reason, on one line and shortened', () => {
    const what = `no\n${'x'.repeat(800)}`
    const text = tell([refused('aks-1'), lacking('aks-2', { message: '' }), lacking('aks-3', { message: what })])
    expect(text).toContain('| aks-1 | contosoacr.azurecr.io | PULL\\_DENIED: It is refused. |')
    expect(text).toContain('| aks-2 | contosoacr.azurecr.io | missing |')
    expect(text).toContain(`| aks-3 | contosoacr.azurecr.io | no ${'x'.repeat(696)}… |`)
    expect(tell([lacking('a', { message: 'x'.repeat(700) })])).toContain(` ${'x'.repeat(700)} |`)
  })

  it('have no advice if none has drifted', () => {
    expect(tell([], { unknown: [lacking('aks-1')] })).toBe(
      `**Could not be checked** (not counted as drift):\n\n${header.replace('drift', 'why')}\n${row('aks-1')}`,
    )
    expect(tell([])).toBe('')
  })

  it('show a readable number of reasons for unchecked items', () => {
    const blind = Array.from({ length: 22 }, (_, index) => sampleGap(`job ${index}: ${'x'.repeat(800)}`))
    const lines = tell([], { blind }).split('\n')
    expect(lines).toHaveLength(2 + 21)
    expect(lines[2]).toBe(`- job 0: ${'x'.repeat(692)}…`)
    expect(lines.at(-1)).toBe('- and 2 more')
    expect(
      tell([], { blind: blind.slice(0, 20) })
        .split('\n')
        .at(-1),
    ).toMatch(/^- job 19: /)
  })
})

describe('the advice', () => {
  const advise = (items: DriftItem[], commands: string[] = []): string =>
    tell(items, { commands }).split('### What to do\n\n')[1] ?? ''

  it('has the commands, and a step with the same effect', () => {
    vi.stubEnv('GITHUB_REPOSITORY', 'contoso/shop')
    vi.stubEnv('GITHUB_WORKFLOW_REF', 'contoso/shop/.github/workflows/nightly.yml@refs/heads/main')
    const stepOf = (repository: string, ref: string): string => {
      vi.stubEnv('GITHUB_ACTION_REPOSITORY', repository)
      vi.stubEnv('GITHUB_ACTION_REF', ref)
      return /- uses: .*/.exec(advise([lacking('aks-1')], ['az one']))?.[0] ?? ''
    }
    expect(stepOf('contoso/attach-acr', 'v1')).toBe('- uses: contoso/attach-acr@v1')
    expect(stepOf('contoso/attach-acr', '')).toBe('- uses: contoso/attach-acr')
    expect(stepOf('', '')).toBe('- uses: ./')
    const text = advise([lacking('aks-1')], ['az one', 'az two'])
    expect(text).toContain(':\n\n```sh\naz one\naz two\n```\n\nThe step:\n\n```yaml\n- uses: ./\n  with:\n')
    expect(text).toContain(
      '    mode: attach\n    # and the other inputs of the step in .github/workflows/nightly.yml, with an identity that is allowed to assign roles\n```',
    )
  })

  it('has one paragraph per kind of advice, and no step if none would help', () => {
    const text = advise([refused('aks-1'), lacking('aks-2', { code: 'CLUSTER_NOT_FOUND', fix: fix('') })])
    expect(text.split('\n\n').slice(0, 2)).toEqual([expect.stringContaining('no longer exists'), 'Wait.'])
    expect(text).not.toContain('The step:')
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
    expect(advise(items)).toMatch(/\n\nDRIFT, PULL_DENIED: see docs\/troubleshooting\.md of the action\.$/)
    vi.stubEnv('GITHUB_ACTION_REPOSITORY', 'contoso/attach-acr')
    expect(advise(items)).toMatch(/\n\n\[DRIFT\]\(\S+#drift\), \[PULL_DENIED\]\(\S+#pull_denied\): what it means\.$/)
  })
})

describe('many drifted items', () => {
  it('are counted by registry, subscription and reason, largest first, and their rows are folded', () => {
    const other = lacking('aks-y', { registry: 'other.azurecr.io', registryId: '' })
    const text = tell([refused('aks-x'), ...many(49), image('nginx:1'), other])
    const [first, advice, ...rest] = text.split('\n\n')
    expect(first).toBe(
      [
        '| registry | subscription | reason | how many |',
        '| - | - | - | - |',
        '| contosoacr | …abcd | missing | 49 |',
        '| contosoacr | …abcd | PULL\\_DENIED | 1 |',
        '| contosoacr |  | image: IMAGE\\_NOT\\_FOUND | 1 |',
        '| other | …abcd | missing | 1 |',
      ].join('\n'),
    )
    expect(advice).toBe('### What to do')
    expect(rest.at(-3)).toBe('<details><summary>52 rows, worst first</summary>')
    expect(rest.at(-2)).toContain(`\n${row('aks-0')}\n${row('aks-1')}`)
  })

  it('are more than fifty', () => {
    expect(tell(many(50))).toMatch(/^\| what /)
    expect(tell(many(51))).toMatch(/^\| registry /)
    expect(tell(many(51))).not.toMatch(/^\| what [^]*### What to do/)
    expect(describeMany(many(50), 'why', 60_000)).toBe('')
    expect(describeMany(many(51), 'why', 60_000)).toMatch(
      /^\| registry [^]*\| 51 \|\n\n<details><summary>51 rows<\/summary>\n\n\| what \| registry \| why \|\n/,
    )
  })

  it('that could not be checked are counted below the advice', () => {
    const heading = '**Could not be checked** (not counted as drift):'
    const few = tell(many(2), { unknown: many(51) })
    expect(few).toContain('| what | registry | why |')
    expect(few).toContain(`${heading}\n\n| registry | subscription | reason | how many |`)
    expect(few.indexOf(heading)).toBeLessThan(few.indexOf('### What to do'))
    const text = tell(many(51), { unknown: many(2), unseen: [sampleUnknown('The role is secret.')] })
    expect(text.indexOf(heading)).toBeGreaterThan(text.indexOf('worst first'))
    expect(text.split(heading)).toHaveLength(2)
    expect(tell(many(51))).not.toContain(heading)
  })

  it('show a readable number of groups', () => {
    const groups = Array.from({ length: 60 }, (_, index) =>
      lacking('aks', { registry: `r${index % 22}.azurecr.io`, registryId: '' }),
    )
    const text = describeMany(groups, 'why', 60_000)
    expect(text.split('\n').filter(line => /^\| r\d+ \|/.test(line))).toHaveLength(20)
    expect(text).toContain('\n\nand 2 more such groups\n\n<details>')
    expect(
      describeMany(
        groups.filter(({ registry }) => !/^r2[01]\./.test(registry)),
        'why',
        9000,
      ),
    ).not.toContain('such groups')
  })

  it('show as many rows as fit, and the counts of the rest, largest first', () => {
    const images = [0, 1, 2].map(index => image(`app:${index}`))
    const items = [...many(2), refused('aks-x'), ...images, ...many(7)]
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
    const commands = Array.from({ length: 10 }, (_, index) => `az ${index}${'x'.repeat(900)}`)
    const more = { unknown: many(400), blind, unseen, commands }
    const long = { message: 'x'.repeat(700) }
    // With so many registries that their counts need room.
    const scattered = Array.from({ length: 400 }, (_, index) =>
      lacking(`aks-${index}`, { ...long, registry: `${'registry'.repeat(5)}${index % 20}.azurecr.io`, registryId: '' }),
    )
    expect(describeMany(scattered, 'why', 9000).length).toBeLessThanOrEqual(9000)
    const titled = sampleDrift([lacking('a'.repeat(3000))], { unknown: scattered })
    expect(driftBody({ drift: titled, carried: [], settled: [] }, sampleLink, 20_000).length).toBeLessThanOrEqual(
      20_000,
    )
    for (const room of [45_000, 60_000, 65_000])
      for (const items of [many(40, long), many(400), many(400, long), scattered]) {
        const { length } = tell(items, more, room)
        expect(length).toBeLessThanOrEqual(room)
        // No room is wasted either.
        if (items.length > 40) expect(length).toBeGreaterThan(room - 2600)
      }
  })
})
