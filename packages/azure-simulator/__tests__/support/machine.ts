import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { connect } from '../../src/client.js'
import { addOwner, createContoso, type Contoso } from '../../src/contoso.js'
import { sideHosts, startSimulator, type RunnerOptions, type Simulator, type Timing } from '../../src/index.js'
import { isInstalled } from '../../src/runner/installed.js'
import { runClient, type Client, type ClientEnd, type ClientRun } from './clients.js'
import { createListeners, type Listening } from './listeners.js'
import { inPart } from './parts.js'

/** The options of a test. */
export interface Beginning {
  /** The clients that it starts. */
  clients: readonly Client[]
  timing?: Partial<Timing>
  /** Role of the deployer: Owner of the subscription by default; `none` leaves only its roles from contoso. */
  role?: string
  /** The identity that az signs in as: the deployer, like the action, or an Owner of the subscription with directory permissions. */
  azAs?: 'deployer' | 'owner'
  /** Whether az signs in itself, even if it has before in this process. */
  signsIn?: true
  /** Name of contoso's resource group. */
  group?: string
  runner?: RunnerOptions
  /** Hosts that do not exist, but that a client contacts. */
  missingHosts?: readonly string[]
}

/** A simulated Azure, and real clients that are signed in to it. */
export interface Machine extends Contoso, Listening {
  simulator: Simulator
  /** A separate folder, the home and working directory of every client. */
  folder: string
  run: (client: Client, args: readonly string[], options?: Omit<ClientRun, 'folder'>) => Promise<ClientEnd>
  /** Runs `az`; words are split at blanks unless given as a list. Throws if it fails. @returns its JSON output */
  az: <T = unknown>(command: string | readonly string[]) => Promise<T>
  /** Runs `az` that is expected to fail. @returns its result */
  azFails: (command: string | readonly string[]) => Promise<ClientEnd>
  /** Runs `kubectl` with the kubeconfig written by az. Throws if it fails. @returns its output */
  kubectl: (command: string | readonly string[], options?: { input?: string }) => Promise<string>
  /** The cluster's pull grants: role GUID and scope. */
  grants: () => string[][]
}

/**
 * `it` with a fresh machine. A test whose clients are not installed is skipped with the reason. If `CI` is set it fails, so that it is
 * never silently skipped. Incorrect requests and errors of the simulator fail the test.
 * @param extend what a machine has in addition
 */
export function createIt<T extends object>(extend: (machine: Machine) => T) {
  const everyIt = test.extend<{ begin: (beginning: Beginning) => Promise<Machine & T> }>({
    begin: async ({ skip }, use) => {
      const machines: Machine[] = []
      await use(async beginning => {
        const missing = beginning.clients.filter(client => !isInstalled(client))
        if (missing.length > 0) skip(`not installed: ${missing.join(', ')}`)
        const machine = await startMachine(beginning)
        machines.push(machine)
        return { ...machine, ...extend(machine) }
      })
      for (const { simulator, folder } of machines) {
        await simulator.close()
        await rm(folder, { recursive: true, force: true, maxRetries: 3 })
        expect(simulator.problems).toEqual([])
      }
    },
  })
  return inPart(everyIt, inject('part'))
}

/** `it` with a fresh machine, in the part of the suite that runs. */
export const it = createIt(() => ({}))

async function startMachine({
  clients,
  timing,
  role = 'Owner',
  azAs = 'deployer',
  signsIn,
  missingHosts = [],
  group,
  runner,
}: Beginning): Promise<Machine> {
  const contoso = createContoso({ ...(group && { group }), ...(runner && { runner }) })
  const { world, deployer, subscription, cluster } = contoso
  if (role !== 'none') world.assignRole({ principalId: deployer.objectId, role, scope: subscription.id })
  world.grantGraphPermission(deployer, 'Application.Read.All', 'GroupMember.ReadWrite.All', 'Group.Read.All')
  const { onRequest, whenAnswered } = createListeners()
  const simulator = await startSimulator({
    world,
    onRequest,
    sideHosts: new Map([...sideHosts, ...missingHosts.map(host => [host, 'a host that there is not'] as const)]),
    // As on a node of the cluster.
    machine: { userAssigned: [cluster.kubeletIdentity] },
    ...(timing && { timing }),
    ...(runner && { runner }),
  })
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  // Telemetry is sent by a process that outlives the command, and the folder.
  const environment = { ...simulator.environment, HOME: folder, AZURE_CONFIG_DIR: join(folder, '.azure') }
  const variables = { ...environment, AZURE_CORE_COLLECT_TELEMETRY: '0', AZURE_CORE_NO_COLOR: '1' }
  const run: Machine['run'] = (client, args, options) => runClient(client, args, variables, { folder, ...options })
  const words = (command: string | readonly string[]): readonly string[] =>
    typeof command === 'string' ? command.split(' ') : command

  const machine: Machine = {
    ...contoso,
    simulator,
    folder,
    whenAnswered,
    run,
    async az<T>(command: string | readonly string[]): Promise<T> {
      const end = await run('az', [...words(command), '--output', 'json'])
      expect(end, end.stderr).toMatchObject({ exitCode: 0 })
      return (end.stdout === '' ? undefined : JSON.parse(end.stdout)) as T
    },
    async azFails(command) {
      const end = await run('az', words(command))
      expect(end.exitCode, end.stdout).not.toBe(0)
      return end
    },
    async kubectl(command, options) {
      const end = await run('kubectl', words(command), options)
      expect(end, end.stderr).toMatchObject({ exitCode: 0 })
      return end.stdout
    },
    grants: () =>
      world.roleAssignments
        .filter(({ principalId }) => principalId === cluster.kubeletIdentity.objectId)
        .map(({ roleDefinitionId, scope }) => [roleDefinitionId.slice(-36), scope]),
  }
  const credentials = { federatedCredentials: [{ subject: simulator.subject }] }
  if (clients.includes('az'))
    await signIn(machine, (azAs === 'owner' ? addOwner(machine, credentials) : deployer).clientId, signsIn ?? false)
  return machine
}

/** What a sign-in leaves in az's folder, and the words in it that differ from one world to the next. */
interface SignedIn {
  files: ReadonlyMap<string, string>
  words: readonly string[]
}

let signedIn: SignedIn | undefined

/** Tokens, which az then requests itself, and logs. */
const ofOneWorld = /^(msal_token_cache|msal_http_cache|logs|commands|telemetry)/

/**
 * Like a workflow without azure/login. The token is passed in a file, because argument lists are visible to all users. A process signs in once; after that, a
 * machine gets the files of that sign-in with its own IDs and token, which takes no process: az needs a second for it, and there are a hundred machines.
 */
async function signIn({ az, simulator, variables, folder }: Machine, clientId: string, isNew: boolean): Promise<void> {
  const home = join(folder, '.azure')
  const token = await connect(simulator).idToken()
  const words = [variables.AZURE_TENANT_ID, variables.AZURE_SUBSCRIPTION_ID, clientId, token]
  await mkdir(home)
  if (signedIn && !isNew) {
    for (const [name, text] of signedIn.files) {
      const own = signedIn.words.reduce((sum, word, index) => sum.replaceAll(word, words[index] ?? ''), text)
      await writeFile(join(home, name), own, { mode: 0o600 })
    }
    return
  }
  const file = join(folder, 'id-token')
  await writeFile(file, token)
  const index = signedIn?.files.get('commandIndex.json')
  // az makes it in its first command, which then takes longer than most.
  if (index !== undefined) await writeFile(join(home, 'commandIndex.json'), index)
  await az([
    ...['login', '--service-principal', '--username', clientId, '--tenant', variables.AZURE_TENANT_ID],
    ...['--federated-token', `@${file}`],
  ])
  const files = new Map<string, string>()
  for (const entry of await readdir(home, { withFileTypes: true }))
    if (entry.isFile() && !ofOneWorld.test(entry.name))
      files.set(entry.name, await readFile(join(home, entry.name), 'utf8'))
  signedIn = { files, words }
}
