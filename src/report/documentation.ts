/**
 * Where an error code is explained: in the repository and at the version that the step uses.
 * Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action, `uses: ./`).
 */
export function documentationLink(code: string): string {
  const page = `docs/troubleshooting.md#${code.toLowerCase()}`
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return repository ? `${server ?? 'https://github.com'}/${repository}/blob/${ref || 'main'}/${page}` : page
}
