// Renders what people see of real runs, in light and dark: npm run pictures. It needs Chromium, found by name or through CHROMIUM.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startSimulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'
import { inBrowser } from './browser.js'
import { toPage } from './page.js'
import { createShop, runFleet, shopInputs, timing } from './stories.js'

const target = resolve(import.meta.dirname, '../docs/images')
const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
const { page, issue } = await runFleet()
const fromMarkdown = (markdown: string): Promise<string> => toPage([{ title: '', markdown }], 'attach-acr', 'auto')
await draw('summary', await fromMarkdown(await runShop()), [1012, 680])
await draw('issue', await fromMarkdown(`# ${issue.title}\n\n${issue.body}`), [1012, 700])
await draw('report', page, [1280, 900])
rmSync(folder, { recursive: true })

/** Takes pictures of the top of a page. */
async function draw(name: string, html: string, [width, height]: readonly [number, number]): Promise<void> {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, html)
  await inBrowser(file, async ({ send }) => {
    await send('Emulation.setScrollbarsHidden', { hidden: true })
    await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
    for (const value of ['light', 'dark']) {
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
      const { data } = await send<{ data: string }>('Page.captureScreenshot')
      writeFileSync(join(target, `${name}-${value}.png`), Buffer.from(data, 'base64'))
    }
  })
}

/** The summary of a first attach of one cluster with three pools, an image imported in the meantime, and a proof by pulling. */
async function runShop(): Promise<string> {
  const { world, variables } = createShop()
  const simulator = await startSimulator({ world, timing })
  try {
    const environment = { ...simulator.environment, ...simulator.runnerEnvironment, ...variables }
    const { exitCode, summary, stdout } = await runStep({ inputs: shopInputs, environment })
    if (exitCode !== 0) throw new Error(stdout)
    return summary
  } finally {
    await simulator.close()
  }
}
