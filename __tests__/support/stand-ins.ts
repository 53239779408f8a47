import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { connect } from 'azure-simulator/client'
import type { Simulator } from 'azure-simulator'
import { runClient } from 'azure-simulator/testing/clients'
import type { StandIn } from './workflow.js'

/** Replacements for other actions in the examples; each has the same effect on the simulator. */
export function createStandIns(
  simulator: Simulator,
  { folder, repository }: { folder: string; repository: Record<string, string> },
): Record<string, StandIn> {
  /** A run has artifacts of its own. */
  const storeOf = ({ GITHUB_RUN_ID: id = '' }: Readonly<Record<string, string>>): string =>
    join(folder, 'artifacts', id)
  return {
    // The repository of a reader.
    async 'actions/checkout'({ workspace }) {
      for (const [path, text] of Object.entries(repository)) {
        await mkdir(dirname(join(workspace, path)), { recursive: true })
        await writeFile(join(workspace, path), text)
        if (path.endsWith('.sh')) await chmod(join(workspace, path), 0o755)
      }
      return undefined
    },

    async 'azure/login'({ inputs, environment }) {
      const token = await connect(simulator).idToken()
      const folder = environment.HOME ?? ''
      for (const args of [
        [
          'login',
          '--service-principal',
          '--username',
          inputs['client-id'] ?? '',
          '--tenant',
          inputs['tenant-id'] ?? '',
          '--federated-token',
          token,
        ],
        ['account', 'set', '--subscription', inputs['subscription-id'] ?? ''],
      ]) {
        const { exitCode, stderr } = await runClient('az', args, environment, { folder })
        if (exitCode !== 0) throw new Error(stderr)
      }
      return undefined
    },

    // It signs what it is given; the signature itself is not simulated.
    async 'actions/attest'({ inputs }) {
      const predicate = JSON.parse(await readFile(inputs['predicate-path'] ?? '', 'utf8')) as unknown
      const subject = [{ name: inputs['subject-name'], digest: inputs['subject-digest'] }]
      await writeFile(
        join(folder, 'attestation.json'),
        JSON.stringify({ subject, predicateType: inputs['predicate-type'], predicate }),
      )
      return undefined
    },

    async 'actions/upload-artifact'({ inputs, environment }) {
      const target = join(storeOf(environment), inputs.name ?? '')
      await mkdir(target, { recursive: true })
      await cp(inputs.path ?? '', join(target, basename(inputs.path ?? '')))
      return undefined
    },

    // A key is never written twice, and a part of a key finds the newest (docs.github.com, "Dependency caching reference").
    async 'actions/cache/save'({ inputs, workspace }) {
      const entry = join(folder, 'cache', inputs.key ?? '')
      await mkdir(entry, { recursive: true })
      await cp(join(workspace, inputs.path ?? ''), entry, { recursive: true, errorOnExist: true, force: false })
      return undefined
    },

    async 'actions/cache/restore'({ inputs, workspace }) {
      const keys = await readdir(join(folder, 'cache')).catch(() => [])
      const found = keys
        .filter(key => key.startsWith(inputs['restore-keys'] ?? '-'))
        .map(async key => {
          const entry = join(folder, 'cache', key)
          return { entry, savedAt: (await stat(entry)).mtimeMs }
        })
      const [newest] = (await Promise.all(found)).sort((a, b) => b.savedAt - a.savedAt)
      if (newest) await cp(newest.entry, join(workspace, inputs.path ?? ''), { recursive: true })
      return undefined
    },

    // With a pattern, a single match goes directly into the folder, and several get a folder each (download-artifact v8, docs/MIGRATION.md).
    async 'actions/download-artifact'({ inputs, workspace, environment }) {
      const store = storeOf(environment)
      const [prefix = ''] = (inputs.pattern ?? '').split('*')
      const names = (await readdir(store)).filter(name => name.startsWith(prefix))
      const path = join(workspace, inputs.path ?? '')
      for (const name of names)
        await cp(join(store, name), names.length === 1 ? path : join(path, name), { recursive: true })
      return undefined
    },
  }
}

/**
 * Programs that examples call but that are not on this machine, in a folder for the front of PATH. `sudo` runs its arguments; `az aks install-cli`,
 * `create` and `delete`, which would download or take minutes, and `gh` are only recorded in the file `calls` of the home; `kubelogin` calls az, as the real
 * one does after `--login azurecli`. `helm` is no template engine: it prints what `helm template` would print of a chart with one deployment and one test pod,
 * by the options that it was given.
 */
export async function installPrograms(folder: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  const programs = {
    sudo: 'exec "$@"',
    az: `case "$1 $2" in
  "aks install-cli" | "aks create" | "aks delete") printf '%s\\n' "$*" >> "$HOME/../calls" ;;
  *) exec ${process.env.AZ ?? '/usr/bin/az'} "$@" ;;
esac`,
    gh: `printf 'gh %s\\n' "$*" >> "$HOME/../calls"`,
    kubelogin: `case "$1" in
  convert-kubeconfig) sed -i 's/devicecode/azurecli/' "$HOME/.kube/config" ;;
  get-token)
    while [ "$1" != --server-id ]; do shift; done
    token=$(az account get-access-token --resource "$2" --query accessToken --output tsv)
    printf '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"%s"}}' "$token" ;;
esac`,
    helm: `[ "$1" = template ] && [ -d "$3" ] || exit 64
digest=
for option in "$@"; do case $option in image.digest=sha256:*) digest=\${option#*=} ;; esac; done
printf '%s\n' 'apiVersion: apps/v1' 'kind: Deployment' "metadata: { name: $2 }" 'spec:' '  selector: { matchLabels: { app: web } }' '  template:' '    metadata: { labels: { app: web } }' "    spec: { containers: [{ name: web, image: 'contosoacr.azurecr.io/shop/web@$digest' }] }"
case " $* " in *' --skip-tests '*) exit ;; esac
printf '%s\n' --- 'apiVersion: v1' 'kind: Pod' "metadata: { name: $2-test, annotations: { helm.sh/hook: test } }" "spec: { containers: [{ name: test, image: 'contosoacr.azurecr.io/shop/test:1' }] }"`,
  }
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/bash\nset -e\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}
