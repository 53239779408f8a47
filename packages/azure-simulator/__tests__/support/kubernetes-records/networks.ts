// Records of registries and data endpoints that don't answer as they should.
import { failing, type RecordCase } from './case.js'

export const networkCases: Readonly<Record<string, RecordCase>> = {
  'cpu500-badcert': { play: failing('otherCertificate') },
  'cpu500-eof': { play: failing('closed'), mayLackFirstStatus: true },
  // The recorded registry refused everything; Azure's refuses the token (pullMessages.forbidden).
  'cpu500-firewall': { play: failing('forbiddenRequest') },
  'cpu500-http429': { play: failing('rateLimited') },
  'cpu500-http503': { play: failing('serverError') },
  'cpu500-nxdomain': { play: failing('noSuchHost') },
  'cpu500-plain': { play: failing('plainHttp') },
  'cpu500-refused': { play: failing('connectionRefused') },
  'cpu500-reset': { play: failing('connectionReset') },
  'cpu500-servfail': { play: failing('serverMisbehaving') },
  'cpu500-token429': { play: failing('tokensRateLimited') },
  'cpu500-blob403': { play: withoutLayers('forbidden') },
  'cpu500-blob503': { play: withoutLayers('unavailable') },
  'cpu500-blobnx': { play: withoutLayers('no-such-host') },
}

function withoutLayers(how: 'forbidden' | 'unavailable' | 'no-such-host'): RecordCase['play'] {
  return async replay => {
    replay.grant()
    replay.kubernetes.blockedDataEndpoints.set(replay.registry.loginServer, how)
    await replay.probe('refused')
  }
}
