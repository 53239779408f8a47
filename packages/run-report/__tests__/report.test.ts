import { describe, expect, it, vi } from 'vitest'
import type { PlannedImage } from 'azure'
import { ActionError, fix } from 'kernel'
import { toReportJson } from 'report-document'
import type { Operation, PlannedPair, Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { countPlan, describePlan, formatCount } from '../src/narration.js'
import { toStory } from '../src/story.js'
import { toMarkdown } from '../src/summary.js'
import {
  sampleAccess,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

function summarize(run: Run): string {
  return toMarkdown(toStory(conclude(run)))
}

const markdown = (pairs: PlannedPair[], more: Partial<Run> = {}) => summarize(sampleRun(pairs, more))
const attached = samplePair({ access: sampleAccess() })
const refused = new ActionError('AUTHORIZATION_FAILED', 'contosoacr could not be read: no. More.', {
  subject: 'contosoacr',
  fix: fix('', 'az login'),
})

describe('the summary', () => {
  it('shows the current state', () => {
    expect(markdown([attached])).toMatch(
      /^### ✓ AcrPull is assigned to aks-prod-1 on contosoacr; pulls not proven \(nothing to write\)\n/,
    )
    const operation = sampleOperation()
    const pair = samplePair({ operation })
    const done = {
      outcomes: [{ operation, changed: true, roleAssignmentId: 'x', finishedAt: 1 }],
      verifications: new Map([[pair, { verified: 'assignment' as const, propagationSeconds: 41.3 }]]),
    }
    expect(markdown([pair], done)).toMatch(
      /^### ✓ AcrPull is assigned to aks-prod-1 on contosoacr; pulls not proven: [^]*\| granted now \| AcrPull \| assignment \| 41\.3 s \|/,
    )
  })

  it('shows what has changed, before any table', () => {
    const pairs = ['aks-1', 'aks-2', 'aks-3', 'aks-4'].map(name => {
      const operation = sampleOperation(sampleTarget(name))
      return samplePair({ operation }, sampleTarget(name))
    })
    const changedIn = (some: PlannedPair[]): string[] => {
      const outcomes = some.flatMap(({ operations }) =>
        operations.map(operation => ({ operation, changed: true, roleAssignmentId: 'x', finishedAt: 1 })),
      )
      return markdown(some, { outcomes })
        .split('\n\n')
        .filter(part => part.startsWith('**Changed'))
    }
    expect(changedIn(pairs.slice(0, 1))).toEqual(['**Changed:** created AcrPull on contosoacr for aks-1'])
    expect(changedIn(pairs)).toEqual([
      expect.stringMatching(/^\*\*Changed:\*\* .* for aks-1, .* for aks-2, .* for aks-3 and 1 more$/),
    ])
    expect(markdown([attached])).not.toContain('**Changed')
  })

  it('has a grid of several clusters, and the row of each folded', () => {
    const two = ['aks-1', 'aks-2'].map(name => samplePair({ access: sampleAccess() }, sampleTarget(name)))
    expect(markdown(two).split('\n\n').slice(1, 4)).toEqual([
      '| cluster | contosoacr |\n| - | - |\n| aks-1 | ✓ assigned |\n| aks-2 | ✓ assigned |',
      '<details><summary>Every cluster and registry</summary>',
      expect.stringContaining('| ✓ | aks-1 | contosoacr.azurecr.io | direct | AcrPull | assignment |'),
    ])
    expect(markdown(two.slice(1))).not.toContain('<summary>Every cluster')
  })

  it('names a registry that does not exist yet, and so has no login server', () => {
    const planned = { ...sampleRegistry('newacr'), loginServer: '', exists: false }
    expect(markdown([samplePair({}, sampleTarget(), planned)])).toMatch(/^\| \S+ \| aks-prod-1 \| newacr \| /m)
  })

  it('shows where inherited access comes from', () => {
    const access = { ...sampleAccess('/subscriptions/s/resourceGroups/rg-shop'), grantedBy: 'inherited' as const }
    expect(markdown([samplePair({ access })])).toContain('| inherited from resource group rg-shop |')
  })

  it('puts the worst first, and folds long lists', () => {
    const pairs = Array.from({ length: 60 }, (_, index) =>
      samplePair({ access: sampleAccess() }, sampleTarget(`aks-${index}`)),
    )
    const bad = { ...samplePair({}, sampleTarget('aks-bad')), error: refused }
    const text = markdown([...pairs, bad])
    const rows = text.split('\n').filter(line => /^\| [✓✗] \| aks/.test(line))
    expect(rows).toHaveLength(61)
    expect(rows[0]).toContain('aks-bad')
    expect(text).toContain('### ✗ 1 of 61 clusters failed: contosoacr could not be read: no (60 attached)')
    expect(text).toContain('<summary>11 more rows</summary>')
  })

  it('shows each failure once, with its fix and a link', () => {
    const text = markdown([], { error: refused })
    expect(text).toMatch(/^### ✗ contosoacr could not be read: no\n/)
    // A link only if the repository of the action is known: not with `uses: ./`.
    expect(text).toContain('**✗ AUTHORIZATION_FAILED**')
    vi.stubEnv('GITHUB_ACTION_REPOSITORY', 'contoso/attach-acr')
    vi.stubEnv('GITHUB_ACTION_REF', 'v1')
    expect(markdown([], { error: refused })).toContain(
      '**✗ [AUTHORIZATION_FAILED](https://github.com/contoso/attach-acr/blob/v1/docs/troubleshooting.md#authorization_failed)**',
    )
    vi.unstubAllEnvs()
    expect(text).toContain('```sh\naz login\n```')
  })

  it('shows findings with their fix', () => {
    const run = sampleRun([attached])
    run.plan?.findings.push({
      code: 'EXCESS_ROLE',
      severity: 'warning',
      subject: '/x',
      message: 'too *much*',
      fix: { text: '', commands: ['az role assignment delete'] },
    })
    const text = summarize(run)
    expect(text).toMatch(
      /^### ⚠ AcrPull is assigned to aks-prod-1 on contosoacr; pulls not proven \(nothing to write\) · 1 warning\n/,
    )
    expect(text).toContain('**⚠ EXCESS_ROLE** too \\*much\\*')
  })

  it('lists unchecked items other than clusters and images', () => {
    const text = markdown([attached], {
      unknown: [{ subject: 'contosoacr', message: 'The role …77f3 could not be read.' }],
    })
    expect(text).toContain('**? Could not be checked:** The role …77f3 could not be read.')
  })

  it('shows Markdown and HTML in names and messages as plain text', () => {
    const evil = new ActionError('UNEXPECTED', 'a <img src=x> | [b](c) *d*\n# e')
    const text = summarize(sampleRun([], { observed: sampleLost(evil, 'a|b<c>') }))
    expect(text).not.toContain('<img')
    expect(text).not.toMatch(/^# e/m)
    expect(text).toContain('a\\|b&lt;c&gt;')
    expect(text).toContain('\\[b\\](c)')
  })
})

describe('the report', () => {
  it('matches the contract', () => {
    const run = sampleRun([attached])
    expect(toReportJson(conclude(run))).toMatchObject({
      schemaVersion: 1,
      mode: 'attach',
      attached: true,
      changed: false,
      drift: false,
      verified: 'assignment',
      pairs: [
        {
          target: sampleTarget().id,
          targetKind: 'cluster',
          principalId: sampleTarget().identity.objectId,
          registry: sampleRegistry().id,
          loginServer: 'contosoacr.azurecr.io',
          status: 'attached',
          grantedBy: 'direct',
          role: 'AcrPull',
          scope: sampleRegistry().id,
          changed: false,
          verified: 'assignment',
          propagationSeconds: null,
          error: null,
        },
      ],
      images: [],
      plan: [],
      findings: [],
      requests: 7,
      durationSeconds: 4.2,
    })
  })
})

describe('the plan in the log', () => {
  it('starts with the changes, and counts unchanged pairs if there are many', () => {
    const kept = Array.from({ length: 1837 }, (_, index) =>
      samplePair({ access: sampleAccess() }, sampleTarget(`aks-${index}`)),
    )
    const { plan } = sampleRun([...kept, samplePair({ operation: sampleOperation() })])
    expect(plan && describePlan(plan, 'attach')).toEqual([
      expect.stringMatching(/^\+ AcrPull on contosoacr for aks-prod-1 /),
      '= 1,837 others unchanged',
    ])
  })
})

describe('the number of planned writes', () => {
  it('is given for each kind, in the order of the plan', () => {
    const operations = ['create-role-assignment', 'delete-role-assignment', 'create-registry', 'add-group-member'].map(
      operation => ({ ...sampleOperation(), operation }) as Operation,
    )
    const images = ['import', 'present'].map(kind => ({ plan: { kind } }) as PlannedImage)
    expect(countPlan({ operations, images })).toBe('2 to create, 1 to delete, 1 to add, 1 to import')
    expect(countPlan({ operations: [], images: [] })).toBe('nothing to write')
  })

  it('has commas', () => {
    expect([0, 999, 1000, 54_321, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '54,321', '1,234,567'])
  })
})
