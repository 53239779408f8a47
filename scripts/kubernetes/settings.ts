// The settings of `npm run test:kubernetes`, from its command line to the tests.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Settings {
  /** The user's kubeconfig; empty if there is none. */
  kubeconfig: string
  /** Where the certificate authority and the nodes' files are. */
  folder: string
  /** The address at which nodes reach the simulator. */
  listen: { host: string; port: number }
  /** A shell command that restarts the API server; empty if there is none. */
  restartApiServer: string
  /** Shell commands that stop and start the kubelet of the node in `$NODE`; empty if there are none. */
  stopNode: string
  startNode: string
  /** A shell command that runs `$COMMAND` with `sh -c`, as root, on the node in `$NODE`; empty if there is none. */
  onNode: string
}

interface CommandLine extends Settings {
  /** Whether to write the nodes' files only. */
  isPreparation: boolean
  wantsHelp: boolean
  /** Arguments for vitest, such as the names of test files. */
  filters: string[]
}

/** The variable that passes the settings on to the tests, as JSON. */
const variable = 'ATTACH_ACR_KUBERNETES'

export const help = `Usage: npm run test:kubernetes -- --kubeconfig FILE [options] [test files]

Runs the action against a real Kubernetes cluster. Azure and the registry are simulated; API server, kubelets and
container runtime are not. Use a cluster that you can throw away: its nodes must trust a certificate authority of this
machine, and the tests create and delete namespaces, roles and an admission policy.

  --prepare                  writes the files that nodes need, says where to put them, and exits
  --kubeconfig FILE          an administrator of the cluster; its current context counts
  --listen ADDRESS:PORT      where nodes reach this machine (default 127.0.0.1:8470), the same as with --prepare
  --folder FOLDER            holds the certificate authority and the nodes' files (default build/kubernetes)
  --restart-api-server CMD   restarts the API server, for the test that needs it
  --stop-node CMD            stops the kubelet of node $NODE, and
  --start-node CMD           starts it again, for the tests that delete or kill a node
  --on-node CMD              runs $COMMAND with sh as root on node $NODE, for the tests of its network: they set
                             /etc/hosts, /etc/resolv.conf and rules of iptables, and take them back
`

/** Reads the command line. @throws Error with the invalid argument */
export function readCommandLine(args: string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      prepare: { type: 'boolean', default: false },
      kubeconfig: { type: 'string', default: '' },
      folder: { type: 'string', default: 'build/kubernetes' },
      listen: { type: 'string', default: '127.0.0.1:8470' },
      'restart-api-server': { type: 'string', default: '' },
      'stop-node': { type: 'string', default: '' },
      'start-node': { type: 'string', default: '' },
      'on-node': { type: 'string', default: '' },
    },
  })
  const [, host, port] = /^\[?([\w.:]+?)\]?:(\d{1,5})$/.exec(values.listen) ?? []
  if (host === undefined) throw new Error(`--listen needs ADDRESS:PORT, found "${values.listen}"`)
  return {
    kubeconfig: values.kubeconfig && resolve(values.kubeconfig),
    folder: resolve(values.folder),
    listen: { host, port: Number(port) },
    restartApiServer: values['restart-api-server'],
    stopNode: values['stop-node'],
    startNode: values['start-node'],
    onNode: values['on-node'],
    isPreparation: values.prepare,
    wantsHelp: values.help,
    filters: positionals,
  }
}

/** The environment variable for the tests' process. */
export function toEnvironment(settings: Settings): Record<string, string> {
  return { [variable]: JSON.stringify(settings) }
}

/** The settings of the process that runs the tests. */
export function readSettings(): Settings {
  const text = process.env[variable]
  if (text === undefined) throw new Error('Start these tests with npm run test:kubernetes.')
  return JSON.parse(text) as Settings
}

/** The folder of the certificate authority that nodes trust. */
export function authorityFolderOf({ folder }: Settings): string {
  return resolve(folder, 'authority')
}
