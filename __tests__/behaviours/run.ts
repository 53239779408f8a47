// Breaks the product in one place for each sentence of the contract, and checks that the test of that sentence fails. Nothing is changed in the checkout.
//
//   npm run test:behaviours                 all rows of the table
//   PART=2/8 npm run test:behaviours        an eighth of it; a row is always in the same one
//   npm run test:behaviours -- 'a phrase'   the rows whose bullet contains it
import { rmSync } from 'node:fs'
import { choose } from 'azure-simulator/testing/parts'
import { numberOf } from 'azure-simulator'
import type { Behaviour } from './behaviour.js'
import { copyCheckout } from './checkout.js'
import { breaks, runTests } from './mutant.js'
import { behaviours } from './table.js'

/** Each is one Vitest after the other: two cores have no time for more. */
const copies = [copyCheckout(), copyCheckout()]
process.on('exit', () => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const isChosen = process.env.PART ? choose(process.env.PART) : () => true
const [phrase = ''] = process.argv.slice(2)
const rows = behaviours.filter(({ bullet }) => isChosen(numberOf(bullet)) && bullet.includes(phrase))
const twice = behaviours.filter(({ bullet }, index) => behaviours.findIndex(other => other.bullet === bullet) < index)

let failed = 0
const problems = new Map<Behaviour, string>(twice.map(row => [row, 'another row has the same bullet']))
const unbroken = rows.length > 0 ? await runTests(copies[0] ?? '', rows.map(({ test }) => test)) : undefined
const queue = [...rows]
await Promise.all(copies.map(work))
process.stdout.write(`\n${rows.length - failed} passed, ${failed} failed\n`)
process.exit(failed > 0 || rows.length === 0 ? 1 : 0)

async function work(copy: string): Promise<void> {
  for (let row = queue.shift(); row; row = queue.shift()) {
    const start = performance.now()
    const before = unbroken?.(row.test)
    const problem = problems.get(row) ?? (before === 'passed' ? await breaks(copy, row) : `unbroken, the test ${before}`)
    if (problem !== undefined) failed++
    const seconds = Math.round((performance.now() - start) / 1000)
    process.stdout.write(`${problem === undefined ? '✓' : '✗'} ${row.bullet} (${row.file}, ${seconds} s)\n`)
    if (problem !== undefined) process.stdout.write(`  ${problem}\n  ${row.test.file}: ${row.test.title}\n`)
  }
}
