// Records of nodes, API servers and runs that something happens to.
import { apiFaults } from '../../../src/index.js'
import { granted, image, stale, whilePulling, type RecordCase } from './case.js'
import type { Replay } from './replay.js'

const ofAnotherRun = 'aaaaaaaa'

/** Two pods of a command that was started twice: one that never came to its end, and one that did. */
async function leftOfRace(replay: Replay, run?: string): Promise<void> {
  await whilePulling(replay, async () => {
    await replay.make('pulling', run)
  })
  await replay.make('ended', run)
}

/** The command is started again while the pods of its first start are still there. */
const race: RecordCase = {
  async play(replay) {
    replay.grant()
    await leftOfRace(replay, ofAnotherRun)
    replay.watch()
    await replay.probe('ended')
  },
}

/** A new API server that hasn't read its roles yet: one list of a user with every right is refused. */
async function apiServerReturns(replay: Replay): Promise<void> {
  const { store } = replay.kubernetes
  await whilePulling(replay, async () => {
    await replay.make('pulling')
  })
  for (const binding of store.list('clusterrolebindings')) store.remove('clusterrolebindings', binding)
  await replay.askAll('list', 403)
}

const ownWords = {
  events: /^\w+ (KubeAPIReadyz|\w*Shutdown\w*|InFlightRequestsDrained|HTTPServerStoppedListening|\w*PreShutdown\w*) /,
  why: 'The API server says so of its own process; the simulated one has none.',
}

export const machineCases: Readonly<Record<string, RecordCase>> = {
  'api-killed': {
    async play(replay) {
      await replay.probe('refused')
      await apiServerReturns(replay)
    },
    except: ownWords,
  },
  'api-restarts': {
    async play(replay) {
      await replay.probe('refused')
      await apiServerReturns(replay)
    },
    except: ownWords,
  },
  'etcd-restarts': {
    async play(replay) {
      const { fixture, world } = replay
      await replay.probe('refused')
      fixture.simulator.faults.add({ method: 'POST', path: '/pods', times: 1, ...apiFaults.timeout('canceled') })
      await replay.make('made')
      // One lives on until its second pull, and its third is far enough away.
      world.timing.kubeletBackoffMs = 1000
      const name = (await replay.make('refused')) ?? ''
      await replay.until(() => replay.eventsOf(name, 'Failed', 'Error: ErrImagePull') >= 2)
      await replay.clean()
      await granted(replay)
    },
  },
  'containerd-restarts': {
    async play(replay) {
      await stale(replay)
      await granted(replay)
    },
    except: {
      events: /FailedCreatePodSandBox/,
      why: 'The socket of a containerd that restarts; the simulated kubelet has no containerd.',
    },
  },
  cancelled: {
    async play(replay) {
      await stale(replay)
      await whilePulling(replay, async () => {
        await replay.probe('pulling')
      })
    },
    mayLackFirstStatus: true,
  },
  'pods-deleted-by-another': {
    async play(replay) {
      await replay.growStale()
      await whilePulling(replay, async () => {
        await replay.probe('pulling')
      })
      await replay.probe('refused')
      await granted(replay)
    },
  },
  'node-cordoned': {
    async play(replay) {
      replay.kubernetes.cordon(replay.node)
      await granted(replay)
    },
  },
  'node-tainted': {
    async play(replay) {
      replay.kubernetes.updateNode(replay.node, ({ spec }) => {
        spec.taints = [{ key: 'maintenance', effect: 'NoExecute' }]
      })
      await granted(replay)
    },
  },
  'node-deadkubelet': {
    async play(replay) {
      replay.kubernetes.podFaults.push({ kind: 'silent' })
      await replay.probe('made')
    },
  },
  'node-deleted-midway': {
    async play(replay) {
      await replay.probe('refused')
      await whilePulling(replay, async () => {
        await replay.make('pulling')
      })
      replay.kubernetes.removeNode(replay.node)
      await replay.clean()
    },
  },
  seed: {
    async play(replay) {
      const digest = replay.registry.images.find('nginx', 'v1')?.digest ?? ''
      replay.image = `${replay.registry.loginServer}/nginx@${digest}`
      await replay.probe('refused')
      await image(`nginx@${digest}`, 'started')(replay)
      const labels = { app: 'nginx0' }
      const name = 'nginx0-deployment'
      await replay.add('/apis/apps/v1/namespaces/default/deployments', {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'nginx', image: `${replay.registry.loginServer}/nginx:v1` }] },
          },
        },
      })
      const { kubernetes } = replay
      await replay.until(() => kubernetes.pods.filter(({ status }) => status.phase === 'Running').length === 2)
    },
    mayLackFirstStatus: true,
    except: {
      events: /already present on machine/,
      why: 'Whether the second pod of the deployment finds the image of the first depends on milliseconds.',
    },
  },
  'rc-race-1': {
    async play(replay) {
      replay.grant()
      await leftOfRace(replay)
    },
  },
  'rc-race-2': race,
  'rc-race-3': race,
  'rc-race-4': race,
  'rc-race-denied-1': {
    async play(replay) {
      const take = replay.grant()
      await leftOfRace(replay, ofAnotherRun)
      take()
      replay.watch()
      await replay.probe('refused')
      // The last one is let in at its second pull.
      replay.world.timing.kubeletBackoffMs = 20
      const name = (await replay.make('refused')) ?? ''
      replay.grant()
      await replay.until(() => replay.eventsOf(name, 'Pulling') === 2 && replay.eventsOf(name, 'Created') === 1)
    },
    except: {
      histories: /RunContainerError/,
      events: /context deadline exceeded|Failed to pull image.*: failed to pull/,
      why: 'With a memory limit of 16Mi, runc hung for minutes in the first pod of rc-race-1, until the credential in the cache had ended; the simulated runc never hangs.',
    },
  },
}
