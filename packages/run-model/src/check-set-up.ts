import { setUpCommands } from 'azure'

/** The commands that run docs/set-up.sh again for the checks of this workflow's branch, with more clusters; none for a run on anything else. @param clusters resource IDs */
export function setUpToCheck(clusters: readonly string[]): string[] {
  const { GITHUB_REPOSITORY: repository = '', GITHUB_REF: ref = '' } = process.env
  if (clusters.length === 0) return []
  return setUpCommands({
    subject: `repo:${repository}:ref:${ref}`,
    ...locate(),
    clusters,
    registries: [],
    flags: ['--check'],
  })
}

/** The address of GitHub, and of the script at the version that the step uses, which GitHub redirects to the raw file; empty for a local action. */
export function locate(): { server: string; url: string } {
  const { GITHUB_SERVER_URL, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  const server = GITHUB_SERVER_URL ?? 'https://github.com'
  return { server, url: repository ? `${server}/${repository}/raw/${ref || 'main'}/docs/set-up.sh` : '' }
}
