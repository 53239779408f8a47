import { pullMessages } from '../../../src/index.js'
import type { Replay, ReplayOptions } from './replay.js'

/** How a record is replayed. */
export interface RecordCase extends Pick<ReplayOptions, 'rules' | 'isUnknown'> {
  /** Where the pods were; `default` if it isn't said. */
  readonly namespace?: string
  /** Sets up the situation and makes the pods. */
  readonly play: (replay: Replay) => Promise<void>
  /** What was recorded and can't be compared. */
  readonly except?: {
    /** Matches the JSON of a pod's history. */
    readonly histories?: RegExp
    /** Matches an event. */
    readonly events?: RegExp
    readonly why: string
  }
  /**
   * The first status of a pod is missing in the record: the kubelet's status manager only sends the newest one, so a
   * pull that fails within milliseconds leaves no time for the status before it.
   */
  readonly mayLackFirstStatus?: true
}

export const granted: RecordCase['play'] = async replay => {
  replay.grant()
  await replay.probe('started')
}

/** Refused without a credential until the role has taken effect. */
export const grantedLater: RecordCase['play'] = async replay => {
  await replay.probe('refused')
  await granted(replay)
}

/** Refused with a credential that the node keeps although the registry doesn't take it any more. */
export const stale: RecordCase['play'] = async replay => {
  await replay.growStale()
  await replay.probe('refused')
}

/** Granted, but the image is another one. */
export const image =
  (name: string, ending: 'refused' | 'started' = 'refused'): RecordCase['play'] =>
  async replay => {
    replay.grant()
    replay.image = `${replay.registry.loginServer}/${name}`
    await replay.probe(ending)
  }

/** The registry doesn't answer as one. */
export const failing =
  (kind: keyof Omit<typeof pullMessages, 'kubeletLimit'>): RecordCase['play'] =>
  async replay => {
    replay.kubernetes.pullFaults.push({ message: pullMessages[kind](replay.image) })
    await replay.probe('refused')
  }

/** Layers that never come. */
export const pulling: RecordCase['play'] = async replay => {
  replay.grant()
  await whilePulling(replay, async () => {
    await replay.probe('pulling')
  })
}

/** Pulls that begin meanwhile don't end. */
export async function whilePulling({ world: { timing } }: Replay, act: () => Promise<void>): Promise<void> {
  const { pullMs } = timing
  timing.pullMs = 2 ** 31 - 1
  await act()
  timing.pullMs = pullMs
}
