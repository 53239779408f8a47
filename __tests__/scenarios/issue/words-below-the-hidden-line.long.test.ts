import { expect } from 'vitest'
import { onceIt } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const check = { mode: 'check', 'drift-issue': 'true' }

onceIt.for(['\n', '\r\n'])(
  'what people write between the first hidden line and the headline of a drift issue stays (%j)',
  async (lineEnd, { begin }) => {
    const { attach, group, world } = await begin(schedule)
    group.addCluster('aks-prod-2')
    const night = (run: number, more: Record<string, string> = {}) =>
      attach({ ...check, ...more }, { environment: { GITHUB_RUN_ID: String(run) } })
    await night(1)
    const [issue] = world.github.issues
    if (!issue) throw new Error('there is no issue')
    const note = 'Ada looks at it. See JIRA-7.'
    issue.body = `Top.\n\n${issue.body.replace(/^\*\*/m, `${note}\n\n- [ ] ask the platform team\n\n**`)}`.replaceAll(
      '\n',
      lineEnd,
    )
    await night(2, { cluster: 'aks-prod-1\naks-prod-2' })
    await night(3)
    expect(world.github.issues).toHaveLength(1)
    for (const words of ['Top.', note, 'ask the platform team', 'found by ['])
      expect(issue.body.split(words), words).toHaveLength(2)
    expect(issue.body.match(/^<!-- attach-acr drift /gm)).toHaveLength(1)
  },
)
