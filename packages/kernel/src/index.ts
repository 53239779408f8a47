export {
  ActionError,
  answerKind,
  answerOf,
  cancelled,
  isAbort,
  isErrorCode,
  isNotFound,
  isGone,
  messageOf,
  toActionError,
  type AzureAnswer,
  type ErrorCode,
  type PullCause,
  type Quote,
  unknowableDetail,
} from './error.js'
export { notice, type Finding, type FindingCode, type Unknown, warning } from './finding.js'
export { choices, fix, joinFixes, partsOf, printFix, type Fix, type FixPart } from './fix.js'
export { chunk, compareNaturally, distinctOf, groupBy, memoize, nameSome, once, type Group } from './lists.js'
export { createInputReader, inputText, invalidInputs, isGuid, quote, type InputReader, type Problem } from './reader.js'
export { attempt, attemptOrCancelled, joinSearches, search, type Result, type Search, valuesOf } from './result.js'
export { retry } from './retry.js'
export { cancellation } from './runner/cancellation.js'
export { annotate, createLogger, failStep, type Logger, type Surroundings, withTime } from './runner/log.js'
export { addToSummary, setOutput } from './runner/outputs.js'
export { mask, redactJson } from './runner/secrets.js'
export { noteLeftover, readLeftovers } from './runner/state.js'
export { makeTempFolder } from './runner/temp-folder.js'
export { cut, formatElapsed, formatSeconds, isAlmost, plainText, withoutStop } from './text.js'
export { abortable, startLimit, systemClock, type Clock, type Wait, waitFor } from './time.js'
export { wrapCommand } from './wrap-command.js'
