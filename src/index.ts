import { cancellation } from 'runner'

// What the runner sends when the job is cancelled is listened to from here on; everything else takes longer to load.
void import('./step/step.js').then(({ start }) => start(cancellation))
