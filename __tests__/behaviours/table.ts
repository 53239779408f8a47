import { access } from './access.js'
import type { Behaviour } from './behaviour.js'
import { errors } from './errors.js'
import { images } from './images.js'
import { inputs } from './inputs.js'
import { issue } from './issue.js'
import { modes } from './modes.js'
import { pulls } from './pulls.js'
import { reports } from './report.js'

/** Each sentence of the contract, in its order. */
export const behaviours: readonly Behaviour[] = [
  ...modes,
  ...inputs,
  ...reports,
  ...access,
  ...images,
  ...pulls,
  ...errors,
  ...issue,
]
