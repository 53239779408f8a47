import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toPage } from 'html-report/src/page.js'
import { chromium, inBrowser, type Page } from '../support/browser.js'
import { pairThat, samplePage, tenThousandPairs } from '../support/html-page.js'

// The HTML report in Chromium, which is skipped where there is none, unless CI is set.
const isInstalled = (() => {
  try {
    execFileSync(chromium, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return Boolean(process.env.CI)
  }
})()

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pages-'))))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function fileOf(page: string): string {
  const file = join(folder, `${page.length}.html`)
  writeFileSync(file, page)
  return file
}

/** The clusters whose rows are shown, in their order. */
const shown = ({ evaluate }: Page): Promise<string[]> =>
  evaluate(
    `[...document.querySelectorAll('#pairs tbody tr')].flatMap(row => row.checkVisibility() ? row.cells[1].textContent : [])`,
  )

/** What has the keyboard's focus. */
const focused = ({ evaluate }: Page): Promise<string> =>
  evaluate(`(document.activeElement.textContent || document.activeElement.id).trim()`)

/** Presses Tab until that has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; (await focused(page)) !== name; presses++) {
    if (presses > 60) throw new Error(`Tab does not reach ${name}`)
    await page.press('Tab')
  }
}

/** Waits until the page says something in its status. */
async function statusOf(page: Page, pattern: RegExp): Promise<void> {
  await expect
    .poll(() => page.evaluate(`document.querySelector('[role=status]').textContent`), { timeout: 60_000 })
    .toMatch(pattern)
}

const evil = `<img src=x onerror="document.title='caught'"><script>document.title='caught'</script>`

describe.runIf(isInstalled)('the HTML report', () => {
  const pairs = [
    pairThat.isFine('aks-10'),
    pairThat.isFine('aks-9', { loginServer: 'otheracr.azurecr.io' }),
    pairThat.drifted('aks-2'),
    pairThat.failed('aks-4', 'It is stopped.'),
    pairThat.isUnknown('aks-3', evil),
  ]
  const jobs = [12, 9].map(count => ({
    ...{
      name: `job of ${count}`,
      state: 'fine' as const,
      clusters: count,
      drifted: 0,
      unchecked: 0,
      gap: '',
      lack: '',
      hasReport: true,
    },
  }))

  test('is sorted and filtered with the keyboard alone', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs }))), async page => {
      expect(await shown(page)).toEqual(['aks-4', 'aks-2', 'aks-3', 'aks-10', 'aks-9'])

      await tabTo(page, 'filter')
      await page.type('OTHERACR')
      await statusOf(page, /^1 of 5 /)
      expect(await shown(page)).toEqual(['aks-9'])
      await page.evaluate(`document.activeElement.select()`)
      await page.type('contosoacr azurecr')
      await statusOf(page, /^4 of 5 /)
      await page.evaluate(`document.activeElement.select()`)
      await page.type(' ')
      await statusOf(page, /^5 of 5 /)

      // The box after the filter is that of the worst state.
      await page.press('Tab', ' ')
      await statusOf(page, /^4 of 5 /)
      expect(await shown(page)).toEqual(['aks-2', 'aks-3', 'aks-10', 'aks-9'])
      await page.press(' ')
      await statusOf(page, /^5 of 5 /)

      await tabTo(page, 'Cluster')
      await page.press('Enter')
      await statusOf(page, /Cluster, ascending/)
      // By number, not by letter.
      expect(await shown(page)).toEqual(['aks-2', 'aks-3', 'aks-4', 'aks-9', 'aks-10'])
      await page.press(' ')
      await statusOf(page, /Cluster, descending/)
      expect(await shown(page)).toEqual(['aks-10', 'aks-9', 'aks-4', 'aks-3', 'aks-2'])
      expect(await focused(page)).toBe('Cluster')
    })
  })

  test('sorts each table by itself, states from the worst on', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs }))), async page => {
      const names = `[...document.querySelectorAll('#jobs tbody th')].map(cell => cell.textContent.trim())`
      await tabTo(page, 'Clusters')
      await page.press('Enter')
      expect(await page.evaluate(names)).toEqual(['job of 9', 'job of 12'])
      await page.evaluate(`document.querySelector('#pairs th:nth-child(2) button').click()`)
      await page.evaluate(`document.querySelector('#pairs th:first-child button').click()`)
      expect((await shown(page)).slice(0, 3)).toEqual(['aks-4', 'aks-2', 'aks-3'])
      expect(await page.evaluate(names)).toEqual(['job of 9', 'job of 12'])
    })
  })

  test('has names, roles and states for a screen reader', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs }))), async page => {
      await page.evaluate(`document.querySelector('#pairs th:nth-child(2) button').click()`)
      const { nodes } = await page.send<{
        nodes: {
          role?: { value: string }
          name?: { value: string }
          properties?: { name: string; value: { value: unknown } }[]
        }[]
      }>('Accessibility.getFullAXTree')
      const named = nodes.map(({ role, name }) => `${role?.value ?? ''} ${name?.value ?? ''}`.trim())
      expect(named).toEqual(
        expect.arrayContaining([
          'heading ⟳ 2 clusters have drifted',
          'searchbox Filter',
          'group State',
          'checkbox ✗ failed (1)',
          'region Clusters and registries',
          'rowheader aks-10',
          'button Cluster',
          expect.stringMatching(/^columnheader Cluster/),
          'status',
        ]),
      )
      // No control without a name.
      expect(
        nodes.filter(
          ({ role, name }) => /^(button|checkbox|searchbox|link|region)$/.test(role?.value ?? '') && !name?.value,
        ),
      ).toEqual([])
      expect(await page.evaluate(`document.querySelector('#pairs th:nth-child(2)').getAttribute('aria-sort')`)).toBe(
        'ascending',
      )
      expect(await page.evaluate(`document.documentElement.lang`)).toBe('en')
    })
  })

  test('is dark where the reader wants it, with enough contrast in both', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs }))), async page => {
      const pages: string[] = []
      for (const value of ['light', 'dark']) {
        await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
        const { background, ratios } = await page.evaluate<{ background: string; ratios: number[] }>(
          `(${measureContrast})()`,
        )
        pages.push(background)
        // WCAG 2.2, 1.4.3: text of normal size.
        expect(Math.min(...ratios), value).toBeGreaterThanOrEqual(4.5)
        expect(ratios.length).toBeGreaterThan(10)
      }
      expect(new Set(pages).size).toBe(2)
    })
  })

  test('shows text of others as text, and loads and runs nothing of it', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { headline: evil }))), async page => {
      expect(await page.evaluate(`document.querySelector('h1').textContent`)).toBe(evil)
      expect(await page.evaluate(`document.images.length + document.scripts.length`)).toBe(1)
      expect(await page.evaluate(`document.title`)).toBe(evil)
      expect(page.complaints).toEqual([])
    })
    // Even if an element slipped through the escaping, the policy would not let it do anything.
    const broken = toPage(samplePage(pairs)).replace('<main>', `<main>${evil}<p style="color: red" id="styled">`)
    await inBrowser(fileOf(broken), async page => {
      expect(await page.evaluate(`document.title`)).toBe('⟳ 2 clusters have drifted')
      expect(await page.evaluate(`getComputedStyle(document.querySelector('#styled')).color`)).not.toBe(
        'rgb(255, 0, 0)',
      )
      expect(page.complaints.filter(text => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3)
    })
  })

  test('of ten thousand pairs is shown, sorted and filtered in less than three seconds each', async () => {
    await inBrowser(fileOf(toPage(samplePage(tenThousandPairs()))), async page => {
      // CPU time of the page's thread, which no other process of the machine lengthens.
      const taken = async (): Promise<number> => {
        await page.evaluate(`document.body.getBoundingClientRect().height`)
        const { metrics } = await page.send<{ metrics: { name: string; value: number }[] }>('Performance.getMetrics')
        return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Infinity
      }
      const loaded = await taken()
      expect(loaded).toBeLessThan(3)
      expect(await page.evaluate(`document.querySelectorAll('#pairs tbody tr').length`)).toBe(10_000)
      await tabTo(page, 'Cluster')
      await page.press('Enter')
      await statusOf(page, /ascending/)
      const sorted = await taken()
      expect(sorted - loaded).toBeLessThan(3)
      await page.evaluate(`document.querySelector('#filter').focus()`)
      await page.type('westeurope-77')
      await statusOf(page, /^111 of 10000 /)
      const filtered = await taken()
      expect(filtered - sorted).toBeLessThan(3)
      expect(await shown(page)).toHaveLength(111)
      // The first thousand are shown; the others on request.
      await page.evaluate(`document.querySelector('#filter').select()`)
      await page.type('aks')
      await statusOf(page, /^1000 of 10000 .* 9000 more/)
      await tabTo(page, 'Show all rows')
      await page.press('Enter')
      await statusOf(page, /^10000 of 10000 rows are shown\.$/)
      console.log(
        `10,000 pairs: ${[loaded, sorted - loaded, filtered - sorted].map(each => each.toFixed(2)).join(' s, ')} s`,
      )
    })
  })
})

/** The contrast of all texts of the page with what is behind them (www.w3.org/TR/WCAG22, "contrast ratio"); run in the page. */
const measureContrast = `() => {
  const channels = color => color.match(/[\\d.]+/g).map(Number)
  const luminance = color => {
    const [r, g, b] = channels(color).map(value => value / 255).map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = element => {
    const { backgroundColor } = getComputedStyle(element)
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor
  }
  const texts = [...document.body.querySelectorAll('*')].filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && element.checkVisibility() && !/SCRIPT|STYLE/.test(element.tagName))
  const ratios = texts.map(element => {
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  })
  return { background: getComputedStyle(document.body).backgroundColor, ratios }
}`
