import { parse } from 'yaml'
import { readText } from '../../scripts/readme-tables.js'

interface Step {
  with?: Record<string, string>
  run?: string
}

/** The quick start of the README. */
export interface QuickStart {
  inputs: Record<string, string>
  /** What it imports, from mcr.microsoft.com. */
  source: { repository: string; tag: string }
  /** The object that it deploys. */
  manifest: (image: string) => object
}

/** Reads examples/attach.yml. */
export function readQuickStart(): QuickStart {
  const { jobs } = parse(readText('examples/attach.yml')) as { jobs: Record<'attach' | 'deploy', { steps: Step[] }> }
  const inputs = jobs.attach.steps[0]?.with ?? {}
  const [, repository = '', tag = ''] = /^mcr\.microsoft\.com\/(.+):(\S+) => /.exec(inputs.images ?? '') ?? []
  const [, manifest = ''] = /<<END\n([^]+)^END$/m.exec(jobs.deploy.steps.at(-1)?.run ?? '') ?? []
  return { inputs, source: { repository, tag }, manifest: image => parse(manifest.replace('$IMAGE', image)) as object }
}
