import { adviceIn } from './good-advice.js'
import type { StepEnd } from './scenario.js'

// Reads the output of a step, without its sentences: each sentence is asserted in the unit test of the file that makes it.

/** The headline of the summary as GitHub shows it, such as `✗ 1 of 2 clusters …`. */
export function headlineOf({ summary }: Pick<StepEnd, 'summary'>): string {
  const [, headline = ''] = /^### (.*)/m.exec(summary) ?? []
  return headline.replaceAll(/\\(?=[^\w\s])|\\(?=_)/g, '')
}

/** The last line of the log that begins with a mark, such as `✓ aks-prod-1 can pull …`. */
export function verdictLineOf({ log }: Pick<StepEnd, 'log'>): string {
  return log.match(/^[✓⚠⟳✗?] .*/gm)?.at(-1) ?? ''
}

/** All errors of a report, in its order. */
export function errorsOf({ report }: Pick<StepEnd, 'report'>) {
  const { error, pairs, images, manifests } = report
  return [error, ...[...pairs, ...images, ...manifests].map(each => each.error)].flatMap(each => each ?? [])
}

/** The commands that a report advises, those of errors before those of findings. */
export function advisedCommands({ report }: Pick<StepEnd, 'report'>): string[] {
  return adviceIn(report).flatMap(({ commands }) => commands)
}

/** The annotations, such as `error attach-acr: DRIFT on aks-prod-1`. */
export function annotationTitles({ annotations }: Pick<StepEnd, 'annotations'>): string[] {
  return annotations.map(({ level, title }) => `${level} ${title}`)
}

/** The messages of the warnings among the annotations. */
export function warningsOf({ annotations }: Pick<StepEnd, 'annotations'>): string[] {
  return annotations.flatMap(({ level, message }) => (level === 'warning' ? message : []))
}

/** The caller, the action and the scope in an error about a missing permission. */
export function lacksPermission(action: string, scope = ''): RegExp {
  return new RegExp(`gh-deployer \\(object ID [\\da-f-]{36}\\) .*${action} on ${scope}`)
}

/** A text whose commands are on one line each, instead of continued with a backslash. */
export function unwrapped(text: string): string {
  return text.replaceAll(/ \\\n +/g, ' ')
}

/** Refusals by Azure Resource Manager; Microsoft Graph, which needs separate permissions, only adds a note. */
export const refusedByArm = ({ requests }: Pick<StepEnd, 'requests'>) =>
  requests.filter(({ status, host }) => status === 403 && host.startsWith('management.'))
