export {
  ActionError,
  answerKind,
  cancelled,
  isAbort,
  isErrorCode,
  isGone,
  messageOf,
  toActionError,
  type AzureAnswer,
} from './error.js'
export { notice, type Finding, type Unknown, warning } from './finding.js'
export { choices, fix, inShort, partsOf, printFix, shortenFix, type Fix, type FixPart } from './fix.js'
export { chunk, compareNaturally, distinctOf, groupBy, memoize, nameSome, once, present, type Group } from './lists.js'
export { attempt, search, type Result, type Search, valuesOf } from './result.js'
export { retry } from './retry.js'
export { keepSecret, redact, redactJson } from './secrets.js'
export { findNear, formatElapsed, formatSeconds, plainText, takeIn, withoutStop } from './text.js'
export { abortable, dayMs, startLimit, systemClock, type Clock, waitFor } from './time.js'
export { wrapCommand } from './wrap-command.js'
