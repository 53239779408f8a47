import { readJson } from '../../../__tests__/support/drift-report.js'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { writeHtmlReport } from 'html-report'
import type { Logger } from 'runner'
import { ActionError, choices, fix, inShort } from 'kernel'
import type { ReportJson } from 'report-document'
import { escapeHtml } from '../src/markup.js'
import { toPage } from '../src/page.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import {
  mergedReport,
  pairThat,
  rowsOf,
  sampleCause,
  samplePage,
  toProblems,
} from '../../../__tests__/support/html-page.js'

const gone = pairThat.failed('aks-gone', '', {
  status: 'missing',
  error: {
    ...pairThat.failed('aks-gone', `there is no ${sampleId('aks-gone')}`).error,
    code: 'CLUSTER_NOT_FOUND',
  } as ReportJson['pairs'][number]['error'],
})

it('links the run in what to do, and nothing else that others write', () => {
  const variables = {
    GITHUB_RUN_ID: '42',
    GITHUB_RUN_NUMBER: '7',
    GITHUB_WORKFLOW: 'nightly',
    GITHUB_REPOSITORY: 'contoso/shop',
  }
  for (const [name, value] of Object.entries({ ...variables, GITHUB_SERVER_URL: 'https://github.com' }))
    vi.stubEnv(name, value)
  const advice = fix('See https://evil.example/, and in this run: https://github.com/contoso/shop/actions/runs/42')
  const problems = toProblems({ code: 'AUTHORIZATION_FAILED', said: { what: 'x' }, fix: advice })
  expect(toPage(samplePage([], { problems }))).toContain(
    '<p>See https://evil.example/, and in this run: <a href="https://github.com/contoso/shop/actions/runs/42">nightly, run 7</a></p>',
  )
})

describe('the table of clusters', () => {
  const pairs = [
    pairThat.isFine('aks-1', { verified: 'pull' }),
    pairThat.drifted('aks-2'),
    pairThat.isUnknown('aks-3', 'It is not readable.'),
    pairThat.failed('aks-4', 'It is stopped.'),
    pairThat.drifted('aks-6', { grantedBy: 'broader-role' }),
    pairThat.isFine('aks-5', { grantedBy: 'inherited', scope: '/subscriptions/s/resourceGroups/rg-acr' }),
    pairThat.isUnknown('*', 'The list has a gap.', { target: '*' }),
    pairThat.drifted('aks-nope', { target: 'aks-nope', loginServer: null, registry: 'contosoacr' }),
    gone,
  ]
  const page = toPage(samplePage(pairs))

  it('has every pair, worst first, and says why', () => {
    const place = '…abcd rg-shop'
    expect(rowsOf(page)).toEqual([
      ['refused', '✗ can&#39;t pull', 'aks-2', 'contosoacr', 'AcrPull is missing', place],
      ['refused', '✗ can&#39;t pull', 'aks-nope', 'contosoacr', 'AcrPull is missing', ''],
      ['failed', '✗ failed', 'aks-4', 'contosoacr', 'CLUSTER_STOPPED: It is stopped', place],
      ['drifted', '⟳ pulls, not as wanted', 'aks-6', 'contosoacr', 'AcrPull is missing; broader role at', place],
      ['gone', '⟳ was not found', 'aks-gone', 'contosoacr', 'CLUSTER_NOT_FOUND: there is no aks-gone', place],
      ['unknown', '? not checked', 'aks-3', 'contosoacr', 'AUTHORIZATION_FAILED: It is not readable', place],
      ['unknown', '? not checked', 'other clusters', 'contosoacr', 'AUTHORIZATION_FAILED: The list has a gap', ''],
      ['fine', '✓ as expected', 'aks-1', 'contosoacr', 'AcrPull assigned; pulled', place],
      ['fine', '✓ as expected', 'aks-5', 'contosoacr', 'AcrPull inherited from resource group rg-acr', place],
    ])
  })

  it('has a place that links to a cluster or a state lead to, also without the script', () => {
    const ids = [...page.matchAll(/ id="([a-z]+=[^"]+)"/g)].map(([, id]) => id)
    expect(ids.filter(id => id?.startsWith('state='))).toEqual(
      ['refused', 'failed', 'drifted', 'gone', 'unknown', 'fine'].map(kind => `state=${kind}`),
    )
    expect(ids).toContain('cluster=aks-gone')
    const twice = toPage(
      samplePage([pairThat.drifted('a b'), pairThat.drifted('a b', { loginServer: 'x.azurecr.io' })]),
    )
    expect(twice.match(/id="cluster=a%20b"/g)).toHaveLength(1)
  })

  it('says what a proof leaves open', () => {
    const pull = (layers: ReportJson['pairs'][number]['pulls'][number]['layers']) =>
      ({ layers }) as ReportJson['pairs'][number]['pulls'][number]
    const [had, got, open] = [pull('on-node'), pull('fetched'), pull('unknown')]
    const proven = [[had], [had, got], [had, open]].map((pulls, index) =>
      pairThat.isFine(`aks-${index}`, { verified: 'pull', pulls }),
    )
    expect(rowsOf(toPage(samplePage(proven))).map(row => row[4])).toEqual([
      'AcrPull assigned; pulled (role only)',
      'AcrPull assigned; pulled',
      'AcrPull assigned; pulled (layers not known)',
    ])
  })

  it('shows since when a drift lasts and the nights in which it was seen, and nothing that nobody remembers', () => {
    const key = `${sampleId('aks-2')} contosoacr`.toLowerCase()
    const rowOf = (nights: number): string => {
      const ages = { [key]: { since: '2026-11-25', age: 'for 3 days', nights } }
      return toPage(samplePage(pairs, { ages }))
    }
    expect(rowsOf(rowOf(0b101))[0]?.[4]).toBe('AcrPull is missing for 3 days, since 2026-11-25')
    expect(rowOf(0b101)).toContain('aria-label="seen on 2 nights" width="12"')
    expect(rowOf(0)).toContain('since 2026-11-25</small>')
    expect(page).not.toContain('for 3 days')
    const planned = pairThat.drifted('aks-2', { loginServer: '' })
    const ages = { [key]: { since: '2026-11-25', age: 'for 3 days', nights: 1 } }
    expect(rowsOf(toPage(samplePage([planned], { ages })))[0]?.slice(3, 5)).toEqual([
      'contosoacr',
      'AcrPull is missing for 3 days, since 2026-11-25',
    ])
  })
})

describe('the first screen', () => {
  const other = { loginServer: 'otheracr.azurecr.io' }
  const pairs = [
    pairThat.isFine('aks-1'),
    pairThat.isFine('aks-1', other),
    pairThat.isFine('aks-2'),
    pairThat.drifted('aks-2', other),
    pairThat.isUnknown('aks-3', 'It is not readable.', { target: 'aks-3' }),
    gone,
    { ...gone, ...other },
  ]
  const figuresOf = (page: string): string[] =>
    [...page.matchAll(/<b>(\d+)<\/b> ([^<\n]+)(?:<small>([^<]+))?/g)].map(match =>
      match.slice(1).join(' ').replaceAll('  ', ' ').trim(),
    )

  it('counts each cluster once, in its worst state, and the worst first', () => {
    expect(figuresOf(toPage(samplePage(pairs)))).toEqual([
      '1 ✗ can&#39;t pull',
      '1 ⟳ was not found',
      '1 ? not checked',
      '1 ✓ as expected of 4 clusters',
    ])
    const more = [...pairs, pairThat.failed('aks-9', 'It is stopped.')]
    expect(figuresOf(toPage(samplePage(more)))[1]).toBe('1 ✗ failed')
    const open = [...pairs.slice(0, 4), pairThat.isUnknown('*', '', { target: '*' })]
    expect(figuresOf(toPage(samplePage(open)))[1]).toBe('0 ? not checked and other clusters')
    expect(figuresOf(toPage(samplePage(pairs.slice(0, 4))))).toEqual([])
  })

  it('has one figure and its change as its title, unless the page is small', () => {
    const worst = "✗ 1 of 4 clusters can't pull"
    expect(toPage(samplePage(pairs, { worst, change: 'for 7 days' }))).toContain(
      '<h1>✗ 1 of 4 clusters can&#39;t pull <small>for 7 days</small></h1>',
    )
    expect(toPage(samplePage(pairs.slice(0, 1), { worst }))).toContain('<h1>✗ 2 of 5 clusters can&#39;t pull</h1>')
  })

  it('maps clusters and registries, and subscriptions if there are many clusters', () => {
    expect(rowsOf(toPage(samplePage(pairs)), 'map').map(([, ...cells]) => cells)).toEqual([
      ['aks-2', '✓ assigned', '✗ role missing'],
      ['aks-gone', '⟳ was not found', '⟳ was not found'],
      ['aks-3', '? not checked', ''],
      ['aks-1', '✓ assigned', '✓ assigned'],
    ])
    const many = Array.from({ length: 40 }, (_, index) => pairThat.isFine(`aks-b${index}`))
    const page = toPage(samplePage([...pairs, ...many]))
    expect(rowsOf(page, 'map').map(([, ...cells]) => cells)).toEqual([
      ['…abcd', '⟳ 1 ✓ 42', '✗ 1 ⟳ 1 ✓ 1'],
      ['not known', '? 1', ''],
    ])
    // A cluster has the same place in each column: here the first and the last two.
    expect(page.match(/<svg width="260" height="39"/g)).toHaveLength(2)
  })

  /** The text of each card, or each row of a card, without what it folds. */
  const linesOf = (page: string): string[] =>
    [...page.matchAll(/<(?:h3|li class="line")>?([^]*?)(?:<details|<\/article|<\/h3>)/g)].map(([, line = '']) =>
      line
        .replaceAll(/<[^>]+>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
  const missingAt = (registry: string, names: string[], keys: string[] = []) =>
    sampleCause(names, [`az --at ${registry}`], { registry, keys, list: names.join(', ') })

  it('has one card for what one run repairs, with a row per registry: its clusters, their age, and the command', () => {
    const names = ['aks-1', 'nginx:1 on acr', ...Array.from({ length: 110 }, (_, index) => `aks-x${index}`)]
    const causes = [missingAt('acrbase', names, ['b', 'a']), missingAt('acrtools', ['aks-9'], ['c'])]
    const [old, young] = [
      { since: '2026-11-21', age: 'for 7 days', nights: 0 },
      { since: '2026-11-26', age: 'for 2 days', nights: 0 },
    ]
    const page = toPage(samplePage(pairs, { causes, ages: { a: old, b: young } }))
    expect(linesOf(page)).toEqual([
      '✗ AcrPull is missing for 113 clusters',
      `acrbase ${names.join(', ')} for 7 days`,
      'acrtools aks-9',
    ])
    // Folded, with a link to each cluster that is in the table.
    expect(page).toMatch(
      /<details><summary>Command<\/summary>\n<ul class="chips">\n<li><a href="#cluster=aks-1">aks-1<\/a>/,
    )
    expect(page).toContain('<li>nginx:1 on acr\n')
    expect(page).toContain('12 more are in the report file.')
    expect(page).toContain('<pre tabindex="0">az --at acrbase\n</pre>')
    expect(page.match(/The same step with mode: attach/g)).toHaveLength(1)
    // With few pairs, everything is open.
    expect(toPage(samplePage(pairs.slice(0, 2), { causes }))).toContain('<details open><summary>Command</summary>')
    const roles = [missingAt('acrbase', ['aks-1']), { ...missingAt('acrbase', ['aks-2']), role: 'Reader' }]
    expect(linesOf(toPage(samplePage(pairs, { causes: roles }))).slice(1)).toEqual([
      'acrbase (AcrPull) aks-1',
      'acrbase (Reader) aks-2',
    ])
  })

  it('has a folded card for what the same run repairs where clusters still pull', () => {
    const still = [{ ...missingAt('acrbase', ['aks-1', 'aks-2']), state: 'drifted' as const }]
    const causes = [missingAt('acrprod', ['aks-3']), ...still, missingAt('acrtools', ['aks-3'])]
    expect(linesOf(toPage(samplePage(pairs, { causes: [...causes, ...still] })))).toEqual([
      '✗ AcrPull is missing for 1 cluster',
      'acrprod aks-3',
      'acrtools aks-3',
      // Some of them may be among the clusters that are counted above.
      '⟳ AcrPull is missing where clusters still pull · The same step with mode: attach assigns it',
      'acrbase aks-1, aks-2',
      'acrbase aks-1, aks-2',
    ])
    // One alone is a line.
    const one = sampleCause(['aks-1'], [], { state: 'drifted', title: 'aks-1 pulls otherwise' })
    expect(linesOf(toPage(samplePage(pairs, { causes: [...causes.slice(0, 1), one] })))[1]).toContain('aks-1 pulls')
  })

  it('has a line for each other cause and failure: what it is, and the first thing to do', () => {
    const advice = inShort('Ask who.', ['It needs Reader on it. Ask the one who assigns roles:', 'az one'])
    const said = { what: 'aks-3 was not checked', why: 'its job said so' }
    const failure = new ActionError('AUTHORIZATION_FAILED', said, { fix: advice })
    const brief = new ActionError('THROTTLED', { ...said, brief: 'needs Reader' }, { fix: advice })
    const gone = sampleCause(['aks-gone'], [], { role: '', state: 'gone', title: 'aks-gone was not found' })
    const causes = [{ ...gone, advice: fix('Create it again.') }]
    const page = toPage(samplePage(pairs, { causes, problems: toProblems(failure, brief) }))
    expect(linesOf(page)).toEqual([
      '✗ aks-3 was not checked: its job said so · Ask who',
      '✗ aks-3 was not checked: its job said so · needs Reader',
      '⟳ aks-gone was not found · Create it again',
    ])
    // A failure whose line says all of it is not repeated in what the line folds.
    const short = new ActionError('THROTTLED', { what: 'aks-3 was not checked' }, { fix: fix('Run it again.') })
    const once = toPage(samplePage(pairs, { problems: toProblems(short) }))
    expect(once).toContain('aks-3 was not checked <small>')
    expect(once).not.toContain('aks-3 was not checked.')
    // Nothing is folded that the line says.
    expect(page.match(/<details>/g)).toHaveLength(2)
    expect(page).toContain('<p>It needs Reader on it. Ask the one who assigns roles:</p>')
  })

  it('is what to do for the keyboard, and how bad it is for the eye', () => {
    const page = toPage(samplePage(pairs, { causes: [missingAt('acrbase', ['aks-1', 'aks-2'])] }))
    const places = ['id="advice"', 'class="figures"', 'id="map"', 'id="copy"'].map(each => page.indexOf(each))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(Math.min(...places)).toBeGreaterThan(0)
  })
})

describe('text of others', () => {
  const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>&\u202e\ud800'

  it('never becomes an element, an attribute, a script or an address', () => {
    expect(escapeHtml(evil)).not.toMatch(/[<>"'\u202e]|&(?!\w+;|#39;)/)
    const report: Partial<ReportJson> = {
      pairs: [
        pairThat.failed(evil, evil, { target: sampleId(evil, evil), loginServer: evil, role: evil, scope: evil }),
      ],
      unknown: [{ subject: evil, message: evil, about: null }],
      notes: [evil],
      images: [
        { image: evil, source: evil, status: 'missing', digest: null, error: null } as ReportJson['images'][number],
      ],
      manifests: [
        { image: evil, file: evil, resource: evil, status: 'missing', error: null } as ReportJson['manifests'][number],
      ],
    }
    const advice = choices({ text: evil, commands: [evil] }, { text: evil, commands: [evil], caution: evil })
    const problems = [
      ...toProblems(new ActionError('AUTHORIZATION_FAILED', evil, { fix: advice })),
      ...toProblems({
        code: 'ADMIN_USER_ENABLED',
        severity: 'warning',
        subject: evil,
        said: { what: evil },
        fix: fix(evil, evil),
      }),
    ]
    const spot = { subscription: evil, place: evil, registry: evil, target: evil, state: 'fine', text: evil } as const
    const content = samplePage([], {
      report: readJson(mergedReport(report)),
      headline: evil,
      problems: problems.map(problem => ({ ...problem, link: `javascript:${evil}`, others: [{ what: evil }] })),
      jobs: [{ name: evil, state: 'failed', clusters: 1, drifted: 1, unchecked: 0, gap: evil }],
      causes: [
        sampleCause([evil], [evil], {
          role: evil,
          registry: evil,
          code: evil,
          text: evil,
          list: evil,
          details: [{ said: { what: evil }, answer: evil }],
        }),
        sampleCause([evil], [evil], { role: evil, registry: evil }),
      ],
      worst: evil,
      change: evil,
      spots: [spot, { ...spot, target: `${evil}2`, job: evil }],
      ages: { [`${sampleId(evil, evil)} ${evil}`.toLowerCase()]: { since: evil, age: evil, nights: 3 } },
      issue: { name: evil, url: `javascript:${evil}` },
      run: { name: evil, url: `https://example.com/${evil}` },
    })
    const page = toPage(content)
    // Its own script and style are the only ones, and are as the policy wants them.
    const outside = page.replace(/<(script|style)>[^]*?<\/\1>/g, '')
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(outside).not.toMatch(/<(script|img)|\u202e/)
    expect(outside.match(/alert\(1\)/g)?.length).toBeGreaterThan(30)
    expect(outside).not.toMatch(/ on\w+="/)
    const links = [...outside.matchAll(/ href="([^"]*)"/g)].map(([, link]) => link)
    expect(links.filter(link => !/^#[a-z]+(=([\w%.~!()*-]|&#39;)*)?$/.test(link ?? ''))).toEqual([
      expect.stringMatching(/^https:\/\/example\.com\/&lt;script&gt;/),
    ])
  })
})

describe('the page', () => {
  it('forbids everything that it does not contain', () => {
    const page = toPage(samplePage([pairThat.isFine('aks-1')]))
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? []
    const hashOf = (tag: string): string => {
      const [, text = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? []
      expect(text.length).toBeGreaterThan(500)
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    }
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hashOf('style')}`,
      `script-src ${hashOf('script')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
    expect(page).not.toMatch(/ (src|srcset|style)=|<link|@import|url\(/)
  })

  it('has the verdict, the run, the issue, the jobs, and what to do', () => {
    const error = new ActionError('AUTHORIZATION_FAILED', 'It is refused', {
      fix: choices(
        { text: 'Look:', commands: ['az one', 'az two'] },
        {
          text: 'Or:',
          commands: [`az three --one ${'1'.repeat(80)} --two ${'2'.repeat(80)}`],
          caution: 'It opens all.',
        },
      ),
    })
    const job = { name: 'rg-eu', state: 'unknown' as const, clusters: 0, drifted: 0, unchecked: 3, gap: 'no report' }
    const page = toPage(
      samplePage([pairThat.isFine('aks-1')], {
        problems: toProblems(error),
        jobs: [job],
        issue: { name: '#7', url: 'https://github.com/contoso/platform/issues/7' },
      }),
    )
    expect(page).toContain('<h1>✗ 2 of 5 clusters can&#39;t pull</h1>')
    expect(page).toContain('<a href="https://github.com/contoso/platform/actions/runs/42">fleet-drift, run 42</a>')
    expect(page).toContain('drift issue <a href="https://github.com/contoso/platform/issues/7">#7</a>')
    expect(page).toContain('<time datetime="2026-11-27T03:17:00.000Z">2026-11-27 03:17 UTC</time>')
    expect(rowsOf(page, 'jobs')).toEqual([['unknown', '? not checked', 'rg-eu', '0', '0', '3', 'no report']])
    expect(page).not.toContain('all complete')
    expect(toPage(samplePage([], { jobs: [{ ...job, gap: '' }] }))).toContain('<summary>1 job, all complete</summary>')
    expect(page).toContain('<pre tabindex="0">az one\naz two\n</pre>')
    expect(page).toContain('<details><summary>It opens all.</summary>')
    expect(page).toContain(`${'1'.repeat(80)} \\\n  --two ${'2'.repeat(80)}\n</pre>`)
  })

  it('counts the rows that it leaves out', () => {
    const page = toPage(samplePage(Array.from({ length: 50_002 }, () => pairThat.isFine('aks-1'))))
    expect(rowsOf(page)).toHaveLength(50_000)
    expect(page).toContain('2 more are in the report file.')
  })

  it('is written to a file, with the dangerous part of a fix apart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-'))
    writeFileSync(join(folder, 'output'), '')
    vi.stubEnv('RUNNER_TEMP', folder)
    vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'))
    const advice = choices(
      { text: 'Look:', commands: ['az one'] },
      { text: '', commands: ['az two'], caution: 'It opens all.' },
    )
    const errors = [new ActionError('AUTHORIZATION_FAILED', 'It is refused', { fix: advice })]
    const lines: string[] = []
    const log = { line: (text: string) => void lines.push(text) } as Logger
    writeHtmlReport({ ...samplePage([pairThat.isFine('aks-1')]), errors }, log)
    const [, file = ''] = /^html report {2}(\S+)$/.exec(lines.join('\n')) ?? []
    expect(readFileSync(join(folder, 'output'), 'utf8')).toContain(file)
    expect(readFileSync(file, 'utf8')).toContain(
      '<details><summary>It opens all.</summary>\n<div class="code"><pre tabindex="0">az two',
    )
    rmSync(folder, { recursive: true })
  })

  it('leaves out what there is not', () => {
    const page = toPage(samplePage([pairThat.isFine('aks-1')], { run: { name: '', url: '' } }))
    for (const id of ['map', 'jobs', 'images']) expect(page).not.toContain(`<table id="${id}"`)
    expect(page).not.toContain('What to do')
    expect(toPage(samplePage([]))).not.toMatch(/<table|At a glance/)
  })
})
