import { describe, expect } from 'vitest'
import type { Case } from '../support/advice/case.js'
import { errors, findings } from '../support/advice/cases.js'
import { adviceIn, commandsIn } from '../support/good-advice.js'
import { it, type Machine } from '../support/conformance.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'

/** az signed in as an Owner, the deployer of contoso, and a name that a shell only takes quoted. */
const beginning = { clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none', group: 'rg-(prod)' } as const

/** The output for a code; drift is in the summary as in the issue. */
function commandsOf(code: string, { report, summary }: StepEnd): string[] {
  if (code === 'DRIFT') return commandsIn(summary).filter(command => !command.startsWith('az monitor '))
  // The set-up has tests of its own.
  const all = adviceIn(report)
    .flatMap(advice => (advice.code === code ? advice.commands : []))
    .filter(command => !command.startsWith('bash docs/set-up.sh '))
  // The module of Debian's azure-cli does not load.
  return [...new Set(all)].filter(command => !command.startsWith('az monitor '))
}

/** Runs each command like a person who has pasted it. @returns their output */
async function follow({ run }: Machine, commands: string[]): Promise<string> {
  let printed = ''
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', command])
    expect(exitCode, `${command}\n${stderr}`).toBe(0)
    printed += stdout
  }
  return printed
}

for (const [kind, cases] of Object.entries({ error: errors, finding: findings })) {
  const checked = Object.entries<Case>(cases).filter(([, { commands }]) => commands !== 'nothing')

  describe(`the commands of the ${kind}`, () => {
    it.for(checked)(
      '%s work as documented',
      async ([code, { timing, arrange, start, commands, except, later = 0, cluster }], { begin }) => {
        const machine = await begin({ ...beginning, ...(timing && { timing }) })
        const { simulator, run, attach, world } = machine
        const inputs = arrange(machine)
        const again = () => attach(inputs, start?.(machine))
        const end = await again()
        if (kind === 'error') expectFailure(end, code)
        const toRun = commandsOf(code, end).filter(command => !except?.test(command))
        expect(toRun).not.toEqual([])
        world.passTime(later)
        if (cluster) {
          const place = ['--resource-group', machine.group.name, '--name', cluster]
          const fetched = await run('az', ['aks', 'get-credentials', '--admin', ...place])
          expect(fetched.exitCode, fetched.stderr).toBe(0)
        }
        const before = simulator.requests.length
        const assigned = world.roleAssignments.map(({ id }) => id)
        const printed = await follow(machine, toRun)

        if (typeof commands === 'object' && 'looks' in commands) {
          expect(printed).toContain(commands.looks(machine))
          expect(world.roleAssignments.map(({ id }) => id)).toEqual(assigned)
          const written = simulator.requests
            .slice(before)
            .filter(({ method, host }) => method !== 'GET' && host.startsWith('management.'))
          expect(written).toEqual([])
        } else if (typeof commands === 'object') {
          const after = await again()
          const codes = [...adviceIn(after.report).map(advice => advice.code), after.outputs['error-code']]
          expect(codes, after.log).not.toContain(code)
          await commands.repairs({ ...machine, printed, again })
        }
      },
    )
  })
}
