// The cost of the step: requests, round trips, time and bytes, each next to its target. Nothing is asserted, because
// times depend on the machine.
import { benchAz } from './az.js'
import { benchImages } from './images.js'
import { benchPull } from './pull.js'
import { benchScale } from './scale.js'
import { benchStart } from './start.js'
import { benchWorkloads } from './workloads.js'

const parts = {
  start: benchStart,
  az: benchAz,
  scale: benchScale,
  images: benchImages,
  pull: benchPull,
  workloads: benchWorkloads,
}

const selected = process.argv.slice(2)
const unknown = selected.filter(name => !Object.keys(parts).includes(name))
if (unknown.length > 0)
  throw new Error(`unknown parts: ${unknown.join(', ')}; expected ${Object.keys(parts).join(', ')}`)

process.stdout.write(`Node ${process.versions.node}, against the simulator on this machine\n`)
for (const [name, bench] of Object.entries(parts)) if (selected.length === 0 || selected.includes(name)) await bench()
