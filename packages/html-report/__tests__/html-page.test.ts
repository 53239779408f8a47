import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ActionError, choices, fix } from 'kernel'
import { groupProblems, type Report } from 'report-document'
import { escapeHtml } from '../src/markup.js'
import { toPage } from '../src/page.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { mergedReport, pairThat, rowsOf, samplePage } from '../../../__tests__/support/html-page.js'

describe('the table of clusters', () => {
  const pairs = [
    pairThat.isFine('aks-1', { verified: 'pull' }),
    pairThat.drifted('aks-2'),
    pairThat.isUnknown('aks-3', 'It is not readable.'),
    pairThat.failed('aks-4', 'It is stopped.'),
    pairThat.isFine('aks-5', { grantedBy: 'inherited', scope: '/subscriptions/s/resourceGroups/rg-acr' }),
    pairThat.isUnknown('*', 'The list has a gap.', { target: '*' }),
    pairThat.drifted('aks-nope', { target: 'aks-nope', loginServer: null, registry: 'contosoacr' }),
  ]
  const page = toPage(samplePage(pairs))

  it('has every pair, worst first', () => {
    const place = ['rg-shop', '00000000-0000-0000-0000-00000000abcd', 'contosoacr.azurecr.io']
    expect(rowsOf(page)).toEqual([
      ['failed', '✗ failed', 'aks-4', ...place, '', 'AcrPull', '', 'CLUSTER_STOPPED: It is stopped.'],
      ['drifted', '⟳ drift', 'aks-2', ...place, '', 'AcrPull', '', 'AcrPull is missing'],
      ['drifted', '⟳ drift', 'aks-nope', '', '', 'contosoacr', '', 'AcrPull', '', 'AcrPull is missing'],
      ['unknown', '? not checked', 'aks-3', ...place, '', 'AcrPull', '', 'AUTHORIZATION_FAILED: It is not readable.'],
      [
        'unknown',
        '? not checked',
        'other clusters',
        '',
        '',
        place[2],
        '',
        'AcrPull',
        '',
        expect.stringContaining('gap'),
      ],
      ['fine', '✓ as expected', 'aks-1', ...place, 'direct', 'AcrPull', 'pull', ''],
      ['fine', '✓ as expected', 'aks-5', ...place, expect.stringContaining('rg-acr'), 'AcrPull', 'assignment', ''],
    ])
  })

  it('says what a proof leaves open', () => {
    const pull = (layers: Report['pairs'][number]['pulls'][number]['layers']) =>
      ({ layers }) as Report['pairs'][number]['pulls'][number]
    const [had, got, open] = [pull('on-node'), pull('fetched'), pull('unknown')]
    const proven = [[had], [had, got], [had, open]].map((pulls, index) =>
      pairThat.isFine(`aks-${index}`, { verified: 'pull', pulls }),
    )
    expect(rowsOf(toPage(samplePage(proven))).map(row => row[8])).toEqual([
      'pull (role only)',
      'pull',
      'pull (layers not known)',
    ])
  })

  it('can be filtered by the states that occur, with their counts', () => {
    expect([...page.matchAll(/value="(\w+)" checked> ([^<]+)</g)].map(([, state, text]) => [state, text])).toEqual([
      ['failed', '✗ failed (1)'],
      ['drifted', '⟳ drift (2)'],
      ['unknown', '? not checked (2)'],
      ['fine', '✓ as expected (2)'],
    ])
    expect(page).toContain('>7 rows.<')
  })
})

describe('text of others', () => {
  const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>&\u202e'

  it('never becomes an element, an attribute or a script', () => {
    expect(escapeHtml(evil)).not.toMatch(/[<>"'\u202e]|&(?!\w+;|#39;)/)
    const report: Partial<Report> = {
      pairs: [
        pairThat.failed(evil, evil, { target: sampleId(evil, evil), loginServer: evil, role: evil, scope: evil }),
      ],
      unknown: [{ subject: evil, message: evil, about: null }],
      notes: [evil],
      images: [{ image: evil, source: evil, status: 'missing', digest: null, error: null } as Report['images'][number]],
      manifests: [
        { image: evil, file: evil, resource: evil, status: 'missing', error: null } as Report['manifests'][number],
      ],
    }
    const problems = [
      ...groupProblems([
        new ActionError('AUTHORIZATION_FAILED', evil, {
          fix: choices({ text: evil, commands: [evil] }, { text: evil, commands: [evil], caution: evil }),
        }),
      ]),
      ...groupProblems([
        { code: 'ADMIN_USER_ENABLED', severity: 'warning', subject: evil, message: evil, fix: fix(evil, evil) },
      ]),
    ]
    const page = toPage({
      ...samplePage([]),
      report: mergedReport(report),
      headline: evil,
      problems: problems.map(problem => ({ ...problem, link: `javascript:${evil}`, others: [{ message: evil }] })),
      jobs: [{ name: evil, state: 'failed', clusters: 1, drifted: 1, unchecked: 0, gap: evil }],
      map: {
        legend: evil,
        registries: [evil, evil],
        rows: [{ name: evil, cells: [{ text: evil, state: 'fine' }] }],
      },
      run: { name: evil, url: `https://example.com/${evil}` },
    })
    // Its own script and style are the only ones, and are as the policy wants them.
    const outside = page.replace(/<(script|style)>[^]*?<\/\1>/g, '')
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(outside).not.toMatch(/<(script|img)|\u202e|href="javascript/i)
    expect(outside.match(/alert\(1\)/g)?.length).toBeGreaterThan(25)
    expect(outside).not.toMatch(/ on\w+="/)
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

  it('has the verdict, the run, the map, the jobs, and what to do', () => {
    const [one, two] = ['1', '2'].map(end => `00000000-0000-0000-0000-00000000000${end}`)
    const pairs = [one, two].map(id => pairThat.isFine('aks-1', { target: sampleId('aks-1', 'rg', undefined, id) }))
    const error = new ActionError('AUTHORIZATION_FAILED', 'It is refused.', {
      fix: choices(
        { text: 'Look:', commands: ['az one', 'az two'] },
        {
          text: 'Or:',
          commands: [`az three --one ${'1'.repeat(80)} --two ${'2'.repeat(80)}`],
          caution: 'It opens all.',
        },
      ),
    })
    const page = toPage({
      ...samplePage(pairs),
      problems: groupProblems([error]),
      jobs: [
        {
          name: 'rg-eu',
          state: 'unknown',
          clusters: 0,
          drifted: 0,
          unchecked: 3,
          gap: 'no report',
        },
      ],
    })
    expect(page).toContain('<h1>⟳ 2 clusters have drifted</h1>')
    expect(page).toContain('<a href="https://github.com/contoso/platform/actions/runs/42">fleet-drift, run 42</a>')
    expect(page).toContain('<time datetime="2026-11-27T03:17:00.000Z">2026-11-27 03:17 UTC</time>')
    expect(rowsOf(page, 'map').map(cells => cells.slice(1))).toEqual([
      ['…0001', '✓ 1'],
      ['…0002', '✓ 1'],
    ])
    expect(rowsOf(page, 'jobs')).toEqual([['unknown', '? not checked', 'rg-eu', '0', '0', '3', 'no report']])
    expect(page).toContain('<pre tabindex="0">az one\naz two\n</pre>')
    expect(page).toContain('<details><summary>It opens all.</summary>')
    expect(page).toContain(`${'1'.repeat(80)} \\\n  --two ${'2'.repeat(80)}\n</pre>`)
  })

  it('leaves out what there is not', () => {
    const page = toPage(samplePage([pairThat.isFine('aks-1')], { run: { name: '', url: '' } }))
    for (const id of ['map', 'jobs', 'images']) expect(page).not.toContain(`<table id="${id}"`)
    expect(page).not.toContain('What to do')
    expect(toPage(samplePage([]))).not.toContain('<table')
  })
})
