import packageJson from '../../../package.json' with { type: 'json' }

export const version: string = packageJson.version

/** Number of lines that a list shows. */
export const maxLines = 20

/**
 * The first lines of a list, and one that counts the others.
 * @param where where to find these; empty if it goes without saying
 */
export function excerpt(
  lines: readonly string[],
  max = maxLines,
  where = ', which the report file lists',
): readonly string[] {
  return lines.length > max ? [...lines.slice(0, max), `and ${lines.length - max} more${where}`] : lines
}

/** Link to the explanation of an error code or a finding; empty where its page is unknown. */
export function documentationLink(code: string): string {
  return linkPage(`docs/troubleshooting.md#${code.toLowerCase()}`)
}

/**
 * Link to a page of the documentation, at the version that the step uses. Empty for a local action (`uses: ./`), whose
 * repository is unknown (docs.github.com/actions/reference/variables-reference).
 */
export function linkPage(page: string): string {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return repository ? `${server ?? 'https://github.com'}/${repository}/blob/${ref || 'main'}/${page}` : ''
}

/** A code in Markdown, with a link to its explanation. */
export function linkCode(code: string): string {
  const link = documentationLink(code)
  return link ? `[${code}](${link})` : code
}

/** The run of the workflow, from the runner's variables (docs.github.com/actions/reference/variables-reference). */
export function currentRun() {
  const { env } = process
  const { GITHUB_REPOSITORY: repository = '', GITHUB_WORKFLOW: workflow = '', GITHUB_WORKFLOW_REF: ref = '' } = env
  const { GITHUB_RUN_ID: id = '', GITHUB_RUN_NUMBER: number = '', GITHUB_RUN_ATTEMPT: attempt = '' } = env
  // `owner/name/.github/workflows/file.yml@refs/heads/main`
  const [path = ''] = ref.split('@')
  return {
    ...{ id, number, attempt, repository, workflow },
    /** Path of the workflow's file in its repository; older GitHub Enterprise Servers only provide its name. */
    file: path.slice(repository.length + 1) || workflow,
    /** `Nightly drift, run 42`; empty outside of GitHub. */
    name: id && `${workflow}, run ${number}`,
    /** Its page, with all its jobs. */
    url: `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${repository}/actions/runs/${id}`,
  }
}

/**
 * The same as a report has it; null outside of GitHub.
 * @param startedAt of the step, in ms since the epoch
 */
export function toRunJson(startedAt: number) {
  const { id, number, attempt } = currentRun()
  const counts = { number: Number(number) || null, attempt: Number(attempt) || 1 }
  return id ? { id, ...counts, startedAt: new Date(startedAt).toISOString() } : null
}

/** Where to find another job's advice and its commands, which are not repeated: in its log, with the page of the run. */
export function seeLog(): string {
  const { id, url } = currentRun()
  return `The log of that job shows what to do${id ? `, in this run: ${url}` : '.'}`
}

/** Maximum length of a message in a table, in characters, because Azure's can be long. */
export const maxMessageLength = 700

/** A text with an ellipsis in place of what is too long. */
export function cut(text: string, max = maxMessageLength): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text
}

/** `1 cluster`, `2 clusters`. */
export function plural(count: number, singular: string, pluralForm = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : pluralForm}`
}

/** Bytes as `71 MB`, in powers of ten like registries. */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}
