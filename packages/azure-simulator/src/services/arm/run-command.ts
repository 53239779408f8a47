import type { Hono } from 'hono'
import { randomBytes } from 'node:crypto'
import type { ClusterMachine } from '../../model/cluster-machine.js'
import { accessOf } from '../../world/cluster-access.js'
import { clusterType } from '../../world/clusters.js'
import { runInCluster, type CommandResult } from '../kubernetes/api/run-command.js'
import { clusterRoute, findCluster } from './clusters.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError } from './errors.js'

interface Command {
  readonly clusterId: string
  result: CommandResult | undefined
}

/** AKS Run Command: accepted, then polled through `Location` (recorded `aks_runcommand_*`). */
export function runCommandRoutes(app: Hono<ArmEnvironment>, arm: Arm, machine: ClusterMachine): void {
  const { world } = arm
  const commands = new Map<string, Command>()

  app.post(`${clusterRoute}/runCommand`, async c => {
    const cluster = findCluster(arm, c, 'runCommand/action')
    const body = (await c.req.json().catch(() => ({}))) as {
      command?: unknown
      context?: unknown
      clusterToken?: unknown
    }
    const text = (value: unknown): string => (typeof value === 'string' ? value : '')
    const command = text(body.command)
    const clusterToken = text(body.clusterToken)
    const { isRunning, runCommandDisabled, usesEntra } = accessOf(cluster)
    // No public source shows Azure's texts for these two.
    if (runCommandDisabled) {
      throw new ArmError(400, 'BadRequest', `Run command is disabled on the managed cluster ${cluster.name}.`)
    }
    if (!isRunning) {
      throw new ArmError(
        400,
        'OperationNotAllowed',
        `The managed cluster ${cluster.name} is stopped. Start it before running a command.`,
      )
    }
    if (command === '') throw new ArmError(400, 'BadRequest', 'The command is required.')
    // Azure/azure-rest-api-specs #22467
    if (usesEntra && clusterToken === '') {
      const message = 'This cluster have Azure Active Directory enabled, .clusterToken is required.'
      throw new ArmError(400, 'MissingAADClusterToken', message)
    }
    const id = randomBytes(16).toString('hex')
    const entry: Command = { clusterId: cluster.id, result: undefined }
    commands.set(id, entry)
    const token = usesEntra ? clusterToken : undefined
    void runInCluster(world, cluster, machine, { id, command, context: text(body.context), token }).then(result => {
      entry.result = result
    })
    c.header('location', locationOf(c.req.url, id))
    return c.body(null, 202)
  })

  app.get(`${clusterRoute}/commandResults/:id`, c => {
    const cluster = findCluster(arm, c, 'commandResults/read')
    const { id } = c.req.param()
    const command = commands.get(id)
    if (command?.clusterId !== cluster.id) {
      throw new ArmError(404, 'NotFound', `The command result ${id} was not found.`)
    }
    if (command.result === undefined) {
      c.header('location', locationOf(c.req.url, id))
      return c.json({ id, properties: { provisioningState: 'Running' } }, 202)
    }
    return c.json({ id, properties: { ...command.result } })
  })
}

/** Recorded: the URL spells it `managedclusters`. */
function locationOf(url: string, id: string): string {
  const { origin, pathname, search } = new URL(url)
  const cluster = pathname.replace(/\/(runCommand|commandResults\/[^/]+)$/i, '')
  return `${origin}${cluster.replace(new RegExp(clusterType, 'i'), 'Microsoft.ContainerService/managedclusters')}/commandResults/${id}${search}`
}
