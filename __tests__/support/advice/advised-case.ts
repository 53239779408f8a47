import { expect } from 'vitest'
import { wrapCommand } from 'kernel'
import { adviceIn, commandsIn, expectWholeSentences } from '../good-advice.js'
import { expectFailure, onceIt } from '../scenario.js'
import type { Case } from './case.js'
import { expectSample } from './samples.js'

/** A name that Azure accepts but a shell only takes quoted. */
const group = 'rg-(prod)'

/** The search for the author of a drift appears only where readers have time: in summary and issue. */
const isLookBack = (command: string): boolean => command.startsWith('az monitor activity-log')

/** Runs a step in the world of each case, and expects its code with the sample of the documents and with commands that run unchanged. */
export function itAdvises(kind: 'error' | 'finding', cases: Record<string, Case>): void {
  onceIt.for(Object.entries(cases))(
    '%s comes with advice that runs unchanged',
    async ([code, { timing, arrange, start, commands }], { begin }) => {
      const scenario = await begin({ group, ...(timing && { timing }) })
      const inputs = arrange(scenario)
      const end = await scenario.attach(inputs, start?.(scenario))
      if (kind === 'error') expectFailure(end, code)
      else
        expect(
          end.report.findings.map(finding => finding.code),
          end.log,
        ).toContain(code)
      expectSample(code, end.annotations)
      expectWholeSentences(end.annotations, end.report)

      // The commands themselves are checked after each run of each scenario.
      const printed =
        code === 'DRIFT'
          ? commandsIn(end.summary).filter(command => !isLookBack(command))
          : adviceIn(end.report).flatMap(each => (each.code === code ? each.commands : []))
      expect(printed.length > 0, printed.join('\n')).toBe(commands !== 'nothing')
      // The log and the summary contain the same advice as the report.
      for (const command of printed) {
        const wrapped = wrapCommand(command)
        expect(end.summary).toContain(wrapped)
        const logged = kind === 'error' ? end.log : end.annotations.map(({ message }) => message).join('\n')
        expect(logged.replaceAll(/^ +/gm, '')).toContain(wrapped.replaceAll(/^ +/gm, ''))
      }
    },
  )
}
