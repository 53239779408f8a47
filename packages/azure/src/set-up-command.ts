import { option, raw, shell } from './az.js'

/** A run of docs/set-up.sh for an identity that is there. */
export interface SetUpRun {
  /** Subject of the ID token that it signed in with. */
  subject: string
  /** Address of GitHub, and of the script; the script's is empty if it is in the workspace (`uses: ./`). */
  server: string
  url: string
  /** Names or resource IDs. */
  clusters: readonly string[]
  registries: readonly string[]
  flags: readonly string[]
}

/** Owner, repository, and the branch or the environment in the default form of a subject, with or without immutable IDs. */
const subjectPattern = /^repo:([\w.-]+)(?:@\d+)?\/([\w.-]+)(?:@\d+)?:(?:ref:refs\/heads\/([^:]+)|environment:([^:]+))$/

/**
 * The commands that run docs/set-up.sh again, which shows what it will create, and asks. None for a subject that the script does not make credentials for:
 * of a tag, a pull request, or a customised template.
 */
export function setUpCommands({ subject, server, url, clusters, registries, flags }: SetUpRun): string[] {
  const [, owner = '', name = '', branch, environment = ''] = subjectPattern.exec(subject) ?? []
  if (!name) return []
  const repository = [...(server === 'https://github.com' ? [] : [server]), owner, name].join('/')
  const run = shell`bash ${url ? 'set-up.sh' : 'docs/set-up.sh'} --repo ${repository} ${option('--branch', branch)} ${option('--environment', environment.replaceAll('%3A', ':'))}
    ${option('--clusters', clusters.join(','))} ${option('--registries', registries.join(','))} ${raw(flags.join(' '))}`
  return url ? [shell`curl -fsSLO ${url}`, run] : [run]
}
