// Records of pulls: whether the registry lets the nodes in, and which image it is.
import { granted, grantedLater, image, pulling, stale, type RecordCase } from './case.js'

export const pullCases: Readonly<Record<string, RecordCase>> = {
  granted: { play: granted },
  'cpu500-granted': { play: granted },
  'rc-granted': {
    async play(replay) {
      replay.grant()
      await replay.probe('ended')
    },
  },
  grant20: { play: grantedLater },
  grant60: { play: grantedLater },
  'cpu500-grant20': { play: grantedLater },
  'cpu500-grant60': { play: grantedLater },
  'rc-grant20': { play: grantedLater },
  'two-at-once': { play: grantedLater },
  nevercomes: { play: stale },
  'cpu500-nevercomes': { play: stale },
  'proto-nevercomes': { play: stale },
  'rc-never': { play: stale },
  'cpu500-revoked-cached': {
    async play(replay) {
      const take = replay.grant()
      await replay.runPlain()
      take()
      await replay.probe('refused')
    },
  },
  'cpu500-present-noright': { play: presentWithoutRight },
  'cpu500-present-noright-plain': { play: presentWithoutRight },
  'cpu500-exchange503': { play: withoutCredential, mayLackFirstStatus: true },
  'cpu500-imds400': { play: withoutCredential },
  'cpu500-imdshang': {
    async play(replay) {
      replay.grant()
      replay.kubernetes.credentialProvider = 'hangs'
      await replay.probe('creating')
    },
  },

  'cpu500-missing': { play: image('team/none:1.0') },
  'proto-missing': { play: image('team/none:1.0') },
  'proto-rc-missing': { play: image('team/none:1.0') },
  'rc-missing': { play: image('team/none:1.0') },
  'missing-readable': { play: image('team/none:1') },
  'cpu500-missingtag': { play: image('team/app:9.9') },
  'proto-missingtag': { play: image('team/app:9.9') },
  'arm64-manifest': { play: image('team/arm:1', 'started') },
  'arm64-readable': { play: image('team/arm:1', 'started') },
  'cpu500-arm64': { play: image('team/arm:1', 'started') },
  'cpu500-arm64idx': { play: image('team/arm:idx') },
  'proto-arm64idx': { play: image('team/arm:idx') },
  'cpu500-multi': { play: image('team/arm:multi', 'started') },
  pauseimage: {
    async play(replay) {
      const digest = replay.registry.images.find('attach-acr/pause', '3.10')?.digest ?? ''
      await image(`attach-acr/pause@${digest}`, 'started')(replay)
    },
  },

  slowpull20: { play: granted },
  'proto-slowpull45': { play: granted },
  'cpu500-slowpull45': { play: pulling },
  rcslowpull45: { play: pulling },
  slowpull45: {
    play: pulling,
    except: {
      events: /ErrImagePull|Failed to pull image/,
      why: "Its pod was in its first pull, with a credential, until the end. The refusal is of another case's pod: it was asked for without a credential, before this pod had its sandbox.",
    },
  },
}

/** The image is on the node from before, and a plain pod gets it without asking the registry. */
async function presentWithoutRight(replay: Parameters<RecordCase['play']>[0]): Promise<void> {
  replay.world.timing.credentialCacheMs = 0
  await replay.growStale()
  await replay.runPlain()
  await replay.probe('refused')
}

/** The machine's identity or the token exchange doesn't answer well. */
async function withoutCredential(replay: Parameters<RecordCase['play']>[0]): Promise<void> {
  replay.grant()
  replay.kubernetes.credentialProvider = 'fails'
  await replay.probe('refused')
}
