// Prints the packages of the action with their size, what they offer and what they use, and every rule that they break.
//
//   npx tsx scripts/packages.ts            as in npm run lint
//   npx tsx scripts/packages.ts --lower    lowers the ceilings in config/ceilings.json to what is there now
import { checkCeilings, describePackages, lowerCeilings, measure, measurePackages } from './house/measures.js'
import { findBrokenRules } from './house/rules.js'
import { readRepository } from './house/source.js'

const repository = readRepository()
const rows = measurePackages(repository)
const measures = measure(repository, rows)
console.log(describePackages(rows))

if (process.argv.includes('--lower')) lowerCeilings(measures)
else {
  const problems = [...findBrokenRules(repository), ...checkCeilings(measures)]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
