import { cancellation } from 'runner'

// What the runner sends when the job is cancelled is listened to from here on; everything else takes longer to load.
const { start } = await import('./step/step.js')
await start(cancellation)
