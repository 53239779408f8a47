import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { afterAll, beforeAll, describe, expect, inject, test as everyTest } from 'vitest'
import { inPart } from 'azure-simulator/testing/parts'
import { toPage } from 'html-report/src/page.js'
import { chromium, inBrowser, type Page } from '../../scripts/browser.js'
import { toPage as toGithubPage } from '../../scripts/page.js'
import { runFleet, type FleetNight } from '../../scripts/stories.js'
import { pairThat, sampleCause, samplePage, tenThousandPairs } from '../support/html-page.js'

// The HTML report in Chromium, which is skipped where there is none, unless CI is set.
const isInstalled = (() => {
  try {
    execFileSync(chromium, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return Boolean(process.env.CI)
  }
})()

const test = inPart(everyTest, inject('part'))

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
  evaluate(
    `(document.activeElement.closest('th, label')?.textContent || document.activeElement.textContent || document.activeElement.id).trim()`,
  )

/** Presses Tab until that has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; (await focused(page)) !== name; presses++) {
    if (presses > 60) throw new Error(`Tab does not reach ${name}`)
    await page.press('Tab')
  }
}

/** Shows the rows that are as expected, too. */
const showFine = ({ evaluate }: Page): Promise<unknown> => evaluate(`document.querySelector('#fine').click()`)

/** The copy buttons that cover a text: those that something else is below. */
const covered = ({ evaluate }: Page): Promise<string[]> =>
  evaluate(`[...document.querySelectorAll('.copy')].filter(button => {
    const [own, ...others] = [button, ...document.querySelectorAll('pre, h3, small, .names, summary')].map(each => each.checkVisibility() ? each.getBoundingClientRect() : new DOMRect())
    return others.some(other => own.left < other.right && other.left < own.right && own.top < other.bottom && other.top < own.bottom)
  }).map(button => button.parentElement.textContent)`)

/** Waits until the page says something in its status. */
async function statusOf(page: Page, pattern: RegExp): Promise<void> {
  await expect
    .poll(() => page.evaluate(`document.querySelector('[role=status]').textContent`), { timeout: 60_000 })
    .toMatch(pattern)
}

/** A page as wide as a desk's screen or a phone's, in the colors that its reader wants. */
async function look(page: Page, width: number, scheme = 'light', media = ''): Promise<void> {
  const mobile = width < 500
  await page.send('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile })
  const features = [{ name: 'prefers-color-scheme', value: scheme }]
  await page.send('Emulation.setEmulatedMedia', { media, features })
}

/** Whether something is wider than the screen. */
const overflowOf = ({ evaluate }: Page): Promise<number> =>
  evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`)

/** What axe has to say against a page: the rules, each with its first element. */
async function complaintsOf({ evaluate }: Page, rules = '{}'): Promise<string[]> {
  await evaluate(`${axe.source}; true`)
  return evaluate(
    `axe.run(document, ${rules}).then(({ violations }) => violations.map(({ id, nodes: [first] }) => id + ': ' + first.html))`,
  )
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
    name: `job of ${count}`,
    state: 'fine' as const,
    clusters: count,
    drifted: 0,
    unchecked: 0,
    gap: 'late',
  }))
  const causes = [sampleCause(['aks-2'], ["az role assignment create --role 'AcrPull'"])]

  test('is filtered with the keyboard alone: problems, and the rest on request', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs, causes }))), async page => {
      const problems = ['aks-2', 'aks-4', 'aks-3']
      expect(await shown(page)).toEqual(problems)
      await tabTo(page, 'also 2 as expected')
      await page.press(' ')
      await statusOf(page, /^5 of 5 /)
      expect(await shown(page)).toEqual([...problems, 'aks-10', 'aks-9'])
      await page.press(' ')
      await statusOf(page, /^3 of 5 /)

      // What is searched for is found, also if it is as expected.
      await page.evaluate(`document.activeElement.blur()`)
      await tabTo(page, 'Filter')
      await page.type('OTHERACR')
      await statusOf(page, /^1 of 5 /)
      expect(await shown(page)).toEqual(['aks-9'])
      await page.press('Escape')
      await statusOf(page, /^3 of 5 /)
      await page.type('contosoacr t')
      await statusOf(page, /^4 of 5 /)
      await tabTo(page, 'Show all')
      await page.press('Enter')
      await statusOf(page, /^3 of 5 /)
    })
  })

  test('is filtered by links: those of the figures, the map and the causes, and those from elsewhere', async () => {
    const file = fileOf(toPage(samplePage(pairs, { causes: [sampleCause(['aks-2', 'aks-0'], ['az'])] })))
    await inBrowser(file, async page => {
      const follow = (selector: string): Promise<unknown> =>
        page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`)
      await follow('.figures .fine a')
      await statusOf(page, /^2 of 5 .*\(✓ as expected\)/)
      expect(await shown(page)).toEqual(['aks-10', 'aks-9'])
      await follow('.figures .unknown a')
      await statusOf(page, /^1 of 5 /)
      expect(await shown(page)).toEqual(['aks-3'])
      await follow('#map tbody tr:last-child td a')
      await statusOf(page, /^1 of 5 .*\(aks-10, contosoacr\)|^1 of 5 .*\(aks-9, otheracr\)/)
      expect(await page.evaluate(`document.querySelectorAll('#map [aria-current]').length`)).toBe(1)
      await follow('.chips a')
      await statusOf(page, /^1 of 5 .*\(aks-2\)/)
      // A second time takes the filter away.
      await follow('.chips a')
      await statusOf(page, /^3 of 5 rows are shown\.$/)
      await page.evaluate(`history.back()`)
      await statusOf(page, /\(aks-2\)/)
    })
    await inBrowser(`${file}#cluster=AKS-9`, async page => {
      expect(await shown(page)).toEqual(['aks-9'])
    })
  })

  test('sorts each table by itself, states from the worst on', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs }))), async page => {
      await showFine(page)
      await tabTo(page, 'Cluster')
      await page.press('Enter')
      await statusOf(page, /Cluster, ascending/)
      // By number, not by letter.
      expect(await shown(page)).toEqual(['aks-2', 'aks-3', 'aks-4', 'aks-9', 'aks-10'])
      await page.press(' ')
      await statusOf(page, /Cluster, descending/)
      expect(await shown(page)).toEqual(['aks-10', 'aks-9', 'aks-4', 'aks-3', 'aks-2'])
      expect(await page.evaluate(`document.querySelector('#pairs th:nth-child(2)').getAttribute('aria-sort')`)).toBe(
        'descending',
      )
      const names = `[...document.querySelectorAll('#jobs tbody th')].map(cell => cell.textContent.trim())`
      await tabTo(page, 'Clusters')
      await page.press('Enter')
      expect(await page.evaluate(names)).toEqual(['job of 9', 'job of 12'])
      await page.evaluate(`document.querySelector('#pairs th:first-child button').click()`)
      expect((await shown(page)).slice(0, 3)).toEqual(['aks-2', 'aks-4', 'aks-3'])
      expect(await page.evaluate(names)).toEqual(['job of 9', 'job of 12'])
    })
  })

  test('copies commands as they stand, and what it shows as Markdown in which text of others is text', async () => {
    const given = samplePage([...pairs, pairThat.drifted('a|b`c_*[x](y)')], { causes })
    await inBrowser(fileOf(toPage(given)), async page => {
      await page.evaluate(`navigator.clipboard.writeText = async text => { globalThis.copied = text }; true`)
      await tabTo(page, 'Copy')
      await page.press('Enter')
      expect(await page.evaluate(`copied`)).toBe("az role assignment create --role 'AcrPull'\n")
      await expect.poll(() => focused(page)).toBe('Copied')
      await page.evaluate(`document.querySelector('#copy').click()`)
      const markdown = await page.evaluate<string>(`copied`)
      expect(markdown.split('\n')[0]).toBe("## ✗ 2 of 5 clusters can't pull")
      expect(markdown).toContain("```sh\naz role assignment create --role 'AcrPull'\n```")
      expect(markdown).toContain("| ✗ can't pull | a\\|b\\`c\\_\\*\\[x\\]\\(y\\) | contosoacr | AcrPull is missing |")
      expect(markdown).not.toMatch(/aks-10|[^\\]<img/)
    })
  })

  test('shows all without its script, and leads to clusters', async () => {
    const file = fileOf(toPage(samplePage(pairs, { causes })))
    await inBrowser(file, async page => {
      await page.send('Emulation.setScriptExecutionDisabled', { value: true })
      await page.send('Page.navigate', { url: `file://${file}?#cluster=aks-9` })
      await expect.poll(() => shown(page)).toHaveLength(5)
      expect(await page.evaluate(`document.querySelector(':target').cells[1].textContent`)).toBe('aks-9')
      const buttons = `[...document.querySelectorAll('button, input')].filter(each => each.checkVisibility()).length`
      expect(await page.evaluate(buttons)).toBe(0)
    })
  })

  test('is dark where the reader wants it, and white on paper, which has the problems', async () => {
    await inBrowser(fileOf(toPage(samplePage(pairs, { jobs, causes }))), async page => {
      const background = `getComputedStyle(document.body).backgroundColor`
      await look(page, 1280, 'dark')
      expect(await page.evaluate(background)).toBe('rgb(13, 17, 23)')
      // A4 without its margins, in CSS pixels.
      await look(page, 703, 'dark', 'print')
      expect(await page.evaluate(background)).toBe('rgb(255, 255, 255)')
      expect(await overflowOf(page)).toBe(0)
      // Paper has the problems alone.
      expect(await shown(page)).toEqual(['aks-2', 'aks-4', 'aks-3'])
      expect(await page.evaluate(`document.querySelector('#tools').checkVisibility()`)).toBe(false)
      const why = `[...document.querySelectorAll('#pairs td:nth-child(4)')].every(cell => cell.getBoundingClientRect().right <= innerWidth)`
      expect(await page.evaluate(why)).toBe(true)
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
    const broken = toPage(samplePage(pairs)).replace(
      '<main id="found">',
      `<main>${evil}<p style="color: red" id="styled">`,
    )
    await inBrowser(fileOf(broken), async page => {
      expect(await page.evaluate(`document.title`)).toBe("✗ 2 of 5 clusters can't pull")
      expect(await page.evaluate(`getComputedStyle(document.querySelector('#styled')).color`)).not.toBe(
        'rgb(255, 0, 0)',
      )
      expect(page.complaints.filter(text => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3)
    })
  })

  test('of ten thousand pairs shows the first thousand, and the others on request', async () => {
    await inBrowser(fileOf(toPage(samplePage(tenThousandPairs()))), async page => {
      expect(await page.evaluate(`document.querySelectorAll('#pairs tbody tr').length`)).toBe(10_000)
      await showFine(page)
      await page.evaluate(`document.querySelector('#filter').focus()`)
      await page.type('westeurope-77')
      await statusOf(page, /^111 of 10000 /)
      expect(await shown(page)).toHaveLength(111)
      await page.evaluate(`document.querySelector('#filter').select()`)
      await page.type('aks')
      await statusOf(page, /^1000 of 10000 .* 9000 more/)
      await tabTo(page, 'Show all rows')
      await page.press('Enter')
      await statusOf(page, /^10000 of 10000 rows are shown\.$/)
    })
  })
})

describe.runIf(isInstalled)('a night of a fleet, in pictures', () => {
  const screens = [1280, 390].flatMap(width => ['light', 'dark'].map(scheme => ({ width, scheme })))
  let night: FleetNight
  beforeAll(async () => {
    night = await runFleet()
  })

  /** Takes a picture of all of a page, to look at in build/screenshots. @returns its height */
  async function takePicture(page: Page, name: string, width: number): Promise<number> {
    const height = await page.evaluate<number>(`document.documentElement.scrollHeight`)
    const clip = { x: 0, y: 0, width, height, scale: 1 }
    const options = { captureBeyondViewport: true, clip }
    const { data } = await page.send<{ data: string }>('Page.captureScreenshot', options)
    mkdirSync('build/screenshots', { recursive: true })
    writeFileSync(`build/screenshots/${name}.png`, Buffer.from(data, 'base64'))
    return height
  }

  /** What holds for every picture: nothing is cut off, all can be read, and there is one main part with headings. */
  async function expectGood(page: Page, name: string, rules?: string): Promise<void> {
    for (const { width, scheme } of screens) {
      await look(page, width, scheme)
      expect(await overflowOf(page), `${name} at ${width}`).toBe(0)
      // WCAG 2.2, 1.4.3: text of normal size.
      const ratios = await page.evaluate<number[]>(`(${measureContrast})()`)
      expect(Math.min(...ratios), `${name} in ${scheme}`).toBeGreaterThanOrEqual(4.5)
      expect(ratios.length).toBeGreaterThan(10)
      expect(await complaintsOf(page, rules), `${name} at ${width}`).toEqual([])
      await takePicture(page, `${name}-${width}-${scheme}`, width)
    }
    expect(await page.evaluate(`document.querySelectorAll('main').length`)).toBe(1)
    expect(page.complaints).toEqual([])
  }

  /** The text of an element without its children that are only seen. */
  const textsOf = ({ evaluate }: Page, selector: string): Promise<string[]> =>
    evaluate(`[...document.querySelectorAll('${selector}')].map(each => each.textContent.replace(/\\s+/g, ' ').trim())`)

  test('the HTML report: figures, map, causes and table have the same numbers, within 2,000 pixels and 100 kB', async () => {
    expect(Buffer.byteLength(night.page)).toBeLessThan(100_000)
    await inBrowser(fileOf(night.page), async page => {
      await look(page, 1280)
      expect(await takePicture(page, 'report', 1280)).toBeLessThan(2000)
      const figures = (await textsOf(page, '.figures a')).map(text => text.match(/\d+/g)?.map(Number) ?? [])
      const [refused, drifted, gone, unknown, fine] = figures.map(([clusters = 0]) => clusters)
      expect([refused, drifted, gone, unknown, fine]).toEqual([7, 1, 1, 1, 51])
      // All count clusters, and the headline has the worst of them.
      expect(figures[4]).toEqual([51, 61])
      expect(await textsOf(page, 'h1')).toEqual([expect.stringMatching(/^✗ 7 of 61 clusters can't pull/)])
      // The map, per state.
      const cells = (await textsOf(page, '#map td')).join(' ')
      const sumOf = (mark: string): number =>
        [...cells.matchAll(new RegExp(`\\${mark} (\\d+)`, 'g'))].reduce((sum, [, count]) => sum + Number(count), 0)
      expect(['✗', '⟳', '?', '✓'].map(sumOf)).toEqual([7, 4, 3, 169])
      expect(await textsOf(page, '#map th[scope=row]')).toEqual(subscriptions)
      // The table, of which the problems are shown.
      const states = await textsOf(page, '#pairs tbody tr td:first-child')
      const rowsOf = (word: string): number => states.filter(state => state.endsWith(word)).length
      const words = ["can't pull", 'not as wanted', 'was not found', 'not checked', 'as expected']
      expect(words.map(rowsOf)).toEqual([7, 1, 3, 3, 169])
      expect(await shown(page)).toHaveLength(14)
      expect(await textsOf(page, '#tools label')).toContain('also 169 as expected')
      // The causes count the clusters that can't pull by registry, most first, and the first command is copied at the fourth stop.
      const rows = await textsOf(page, '.rows > li > :is(b, .names, small)')
      expect(rows).toEqual([
        ...['acrbase', 'aks-eus-01, -02, -03, aks-sea-10', 'for 7 days'],
        ...['acrprod', 'aks-weu-07, -08', 'new'],
        ...['acrtools', 'aks-test-04', 'new'],
      ])
      expect(await textsOf(page, 'article.unknown h3')).toEqual(['? aks-weu-12 was not checked · needs Reader'])
      for (const { stop, name } of [
        { stop: 4, name: 'Copy' },
        { stop: 1, name: 'Command' },
      ]) {
        for (let presses = 0; presses < stop; presses++) await page.press('Tab')
        expect(await focused(page)).toBe(name)
      }
      // Folded, and so the map is in sight.
      expect(await page.evaluate(`[...document.querySelectorAll('pre')].some(each => each.checkVisibility())`)).toBe(
        false,
      )
      expect(await page.evaluate(`document.querySelector('#map').getBoundingClientRect().top`)).toBeLessThan(800)
      expect(await covered(page)).toEqual([])
      await page.press('Enter')
      expect(await covered(page)).toEqual([])
      await expectGood(page, 'report')
    })
  })

  /** As the fleet calls them, the worst first. */
  const subscriptions = ['Contoso Asia', 'Contoso Europe', 'Contoso test', 'Contoso US']

  /** The numbers of the map in a text, per state: those of all its registries together. */
  async function sumsOf(page: Page): Promise<Record<string, number>> {
    const cells = await textsOf(page, 'table:first-of-type td:not(:first-child)')
    const counts = cells.flatMap(cell => [...cell.matchAll(/([✓⟳✗?]) (\d+)/g)])
    const sums: Record<string, number> = {}
    for (const [, mark = '', count] of counts) sums[mark] = (sums[mark] ?? 0) + Number(count)
    return sums
  }

  test.for(['summary', 'issue'] as const)('the %s: title, headline, map and rows have the same numbers', async name => {
    const { title, body } = night.issue
    expect(title).toBe("Drift: 7 of 61 clusters can't pull")
    const part = name === 'issue' ? { title, markdown: body } : { title: '', markdown: night.merged.summary }
    await inBrowser(fileOf(await toGithubPage([part], name, 'auto')), async page => {
      const [headline = ''] = await textsOf(page, name === 'issue' ? 'strong' : 'h3')
      expect(headline).toMatch(/7 of 61 clusters can't pull, 1 pulls only .* and 1 was not found/)
      expect(await sumsOf(page)).toEqual({ '✓': 169, '⟳': 4, '✗': 7, '?': 3 })
      expect(await textsOf(page, 'table:first-of-type td:first-child')).toEqual(expect.arrayContaining(subscriptions))
      const folded = await textsOf(page, 'summary')
      expect(folded).toEqual(expect.arrayContaining(['61 clusters, worst first', '11 rows, worst first']))
      await expectGood(page, name, wcag)
    })
  })
})

/** GitHub makes the HTML of Markdown: what it makes of headings and empty heads is its own. */
const wcag = `{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }`

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
  return texts.map(element => {
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  })
}`
