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
export { briefly, choices, fix, inShort, printFix, sayShort, toFixJson, type Fix, type FixPart } from './fix.js'
export { chunk, compareNaturally, distinctOf, groupBy, memoize, nameSome, once, present, type Group } from './lists.js'
export { attempt, search, type Result, type Search, valuesOf } from './result.js'
export { retry } from './retry.js'
export { clauseOf, reasonOf, say, sayClause, sayOwn, withReason, type Said } from './said.js'
export { keepSecret, redact, redactJson } from './secrets.js'
export { findNear, formatElapsed, formatSeconds, plainText, takeIn } from './text.js'
export { abortable, dayMs, startLimit, systemClock, type Clock, waitFor } from './time.js'
export { wrapCommand } from './wrap-command.js'
