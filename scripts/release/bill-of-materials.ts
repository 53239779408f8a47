// Prints the bill of materials of dist/ (CycloneDX 1.6): the packages that the bundler has put there, as in dist/licenses.txt.
//
//   npx tsx scripts/release/bill-of-materials.ts > attach-acr.cdx.json
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listPackages, preBundle } from '../pre-bundle.js'
import { describeBill } from './bill.js'

const parts = mkdtempSync(join(tmpdir(), 'parts-'))
const packages = listPackages(await preBundle(parts))
rmSync(parts, { recursive: true })
process.stdout.write(describeBill(packages))
