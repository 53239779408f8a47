// Breaks the product in one place for each sentence of the contract, and checks that the test of that sentence fails. Nothing is changed in the checkout.
//
//   npm run test:behaviours                 all rows of the table
//   PART=2/8 npm run test:behaviours        an eighth of it; a row is always in the same one
//   npm run test:behaviours -- 'a phrase'   the rows whose bullet contains it, or one of several
import { rmSync } from 'node:fs'
import { choose } from 'azure-simulator/testing/parts'
import { numberOf } from 'azure-simulator'
import type { Behaviour } from './behaviour.js'
import { copyCheckout } from './checkout.js'
import { breakOne, runTests, startHost, type Copy } from './mutant.js'
import { behaviours } from './table.js'

/** Each runs one test after the other: two cores have no time for more. */
const copies = [startHost(copyCheckout()), startHost(copyCheckout())] as const
process.on('exit', () => {
  for (const { folder } of copies) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const isChosen = choose(process.env.PART)
const phrases = process.argv.slice(2)
const isNamed = (bullet: string): boolean => phrases.length === 0 || phrases.some(phrase => bullet.includes(phrase))
const rows = behaviours.filter(({ bullet }) => isChosen(numberOf(bullet)) && isNamed(bullet))
if (rows.length === 0) {
  process.stderr.write('No row of this part has such a bullet.\n')
  process.exit(1)
}
const bullets = behaviours.map(({ bullet }) => bullet)

let failed = 0
const unbroken = await runTests(
  copies[0],
  rows.map(({ test }) => test),
)
const queue = [...rows]
await Promise.all(copies.map(work))
process.stdout.write(`\n${rows.length - failed} passed, ${failed} failed\n`)
process.exit(failed > 0 ? 1 : 0)

async function work(copy: Copy): Promise<void> {
  for (let row = queue.shift(); row; row = queue.shift()) {
    const { bullet, file, test } = row
    const start = performance.now()
    const { problem, because } = await judge(row, copy)
    if (problem !== undefined) failed++
    const seconds = Math.round((performance.now() - start) / 1000)
    const mark = problem === undefined ? '✓' : '✗'
    process.stdout.write(`${mark} ${bullet} (${file}, ${seconds} s) ${because.slice(0, 120)}\n`)
    if (problem !== undefined) process.stdout.write(`  ${problem}\n  ${test.file}: ${test.title}\n`)
  }
}

/** Why a row is wrong, if it is, and how its test failed. */
async function judge(row: Behaviour, copy: Copy): Promise<{ problem?: string; because: string }> {
  if (bullets.indexOf(row.bullet) < bullets.lastIndexOf(row.bullet))
    return { problem: 'another row has the same bullet', because: '' }
  const together = unbroken(row.test)
  // Beside many others, a scenario can be late.
  const before = together.did === 'failed' ? (await runTests(copy, [row.test]))(row.test) : together
  if (before.did !== 'passed') return { ...before, problem: `with the code as it is, the test ${before.did}` }
  const { did, because } = await breakOne(copy, row)
  return did === 'failed' ? { because } : { problem: `with the broken code, the test ${did}`, because }
}
