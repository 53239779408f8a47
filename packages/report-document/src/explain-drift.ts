import { withoutIds } from 'azure'
import { endSentence, excerpt } from 'texts'
import { choices, fix, groupBy, isErrorCode, type Fix } from 'kernel'
import { annotate } from 'runner'
import { findCauses, type Cause } from './causes.js'
import { countDrift, countUnchecked, nameRegistry } from './drift-text.js'
import { isAttachable, joinRegistries, selectUnchecked, type Drift } from './drift.js'
import { createTeller, maxAnnotations, type Problem } from './problems.js'

/** The text of a cause with its list. */
export const titleOf = ({ text, list }: Cause): string => (list ? `${text}: ${list}` : text)

/** What `attach` does about drift; empty if it does nothing. */
export function attachText({ items }: Pick<Drift, 'items'>): string {
  if (!items.some(isAttachable)) return ''
  const isReplaced = items.some(item => isAttachable(item) && item.code === 'IMAGE_CONFLICT' && item.kind !== 'pair')
  return `The same step with mode: attach creates what is missing${isReplaced ? ' and overwrites tags' : ''}`
}

/** What repairs the drift: by `attach`, and cause by cause. The text of an only cause is said already, and so is its only detail. */
export function repairDrift(drift: Pick<Drift, 'items'>, causes = findCauses(drift)): Fix {
  const attach = attachText(drift)
  const isOne = causes.length === 1
  const isByHand = causes.some(({ items: [first], advice }) => isAttachable(first) && advice[0]?.commands.length)
  const parts = causes.flatMap(cause => {
    const { list, advice, details } = cause
    const said =
      isOne && list === '' && details.length < 2
        ? []
        : details.map(({ message, answer }) => `${message}${answer}`.trim())
    const [first = fix(''), ...others] = advice
    const colon = first.text === '' && first.commands.length > 0 ? ':' : ''
    const lines = [...(isOne ? [] : [`${titleOf(cause)}${colon}`]), ...excerpt(said)]
    return [{ ...first, text: [...lines, first.text].filter(Boolean).join('\n') }, ...others]
  })
  return isOne
    ? choices(fix(attach && `${attach}${isByHand ? ', or by hand:' : '.'}`), ...parts)
    : choices(...parts, fix(attach && `${attach}.`))
}

/**
 * The contract's failure for drift. A check fails with the code of the look-up if all drift is one missing resource or several.
 * @param isFleet whether several checks found it: then the code is always `DRIFT`
 */
export function explainDrift(drift: Drift, isFleet: boolean): Problem {
  const causes = findCauses(drift)
  const [only, ...others] = causes
  const codes = new Set(causes.map(({ code }) => code))
  const code = !isFleet && only && !codes.has('DRIFT') ? only.code : 'DRIFT'
  if (only && others.length === 0) {
    const [detail, ...more] = only.details
    const isSingle = more.length === 0 && only.list === ''
    const message = (isSingle && detail?.message) || titleOf(only)
    const azure = isSingle ? only.items[0].azure : undefined
    return { code, message: endSentence(message), fix: repairDrift(drift, causes), azure }
  }
  return { code, message: `${countDrift(drift)}.`, fix: repairDrift(drift, causes) }
}

/** One failure of a fleet for each code with which items could not be checked, most first, with the advice that all of them have; images that were only not compared fail nothing. */
export function explainUnchecked(drift: Drift): Problem[] {
  const groups = groupBy(selectUnchecked(drift), ({ code }) => (isErrorCode(code) ? code : 'INVALID_INPUT'))
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([code, items]) => {
    const tell = createTeller()
    const lines = joinRegistries(items).map(item => {
      const { message, answer } = tell(item)
      return `${item.name} on ${item.registry}: ${withoutIds(message) || 'its job gave no reason'}${answer}`
    })
    const [first = [], ...others] = items.map(item => (item.fix?.text ?? '').split('\n'))
    const advice = first.filter(line => line && others.every(each => each.includes(line)))
    return { code, message: `${countUnchecked(items)}.`, fix: fix([...excerpt(lines), ...advice].join('\n')) }
  })
}

/**
 * One annotation per cause, worst first; if there are too many, the last one counts the rest.
 * @param others number of other annotations of the same level
 */
export function annotateDrift(drift: Drift, isFailure: boolean, others = 0): void {
  const max = maxAnnotations - others
  const level = isFailure ? 'error' : 'warning'
  const causes = findCauses(drift)
  const shown = causes.length > max ? causes.slice(0, Math.max(0, max - 1)) : causes
  for (const cause of shown) {
    const { code, list, names, details, items } = cause
    const subject = code === 'REGISTRY_NOT_FOUND' ? nameRegistry(items[0]) : names.length === 1 ? items[0].name : ''
    // Clusters with the same message are in the list.
    const [detail] = details.length === 1 && !list ? details : []
    annotate(level, endSentence(detail?.message || titleOf(cause)), `attach-acr: ${code}${subject && ` on ${subject}`}`)
  }
  if (shown.length < causes.length && max > 0) {
    const rest = causes.length - shown.length
    annotate(level, `${rest} more that summary and report list: ${countDrift(drift)}.`, 'attach-acr: DRIFT')
  }
}
