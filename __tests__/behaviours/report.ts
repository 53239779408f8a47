import type { Behaviour } from './behaviour.js'

/** Outputs and report. */
export const reports: readonly Behaviour[] = [
  {
    bullet: 'outputs are set before anything is done, as if the job had been cancelled',
    file: 'packages/run-report/src/outputs.ts',
    text: "toOutputs(report, 'CANCELLED', result)",
    replacement: "toOutputs(report, '', result)",
    test: {
      file: 'packages/fleet/__tests__/outputs.test.ts',
      title: 'the outputs > are preset to cancelled before anything is done, because a killed step sets no others',
    },
  },
  {
    bullet: 'attached: every target at every registry',
    file: 'packages/run-report/src/conclude.ts',
    text: 'pairs.length > 0 && pairs.every(hasAccess)',
    replacement: 'pairs.length > 0 && pairs.some(hasAccess)',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'ready: the requested proof holds for each cluster',
    file: 'packages/run-report/src/conclude.ts',
    text: 'arePairsProven(pairs, run) &&',
    replacement: '',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'changed: an import is a change',
    file: 'packages/run-report/src/conclude.ts',
    text: '|| imported.some(image => image.changed)',
    replacement: '',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'verified: the weakest level that holds for every pair',
    file: 'packages/azure/src/access.ts',
    text: "const levels = ['none', 'assignment', 'pull'] as const",
    replacement: "const levels = ['pull', 'assignment', 'none'] as const",
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'image: empty if it failed',
    file: 'packages/run-report/src/outputs.ts',
    text: 'image?.image && !lost.includes(image.status) ?',
    replacement: 'image?.image ?',
    test: {
      file: '__tests__/scenarios/images/locked-images.long.test.ts',
      title:
        'an image whose tag is locked > is drift, and a failure of an attach, which imports nothing; unlocked, it is there again',
    },
  },
  {
    bullet: 'images: unknown where neither the registry nor an import said whether it is there',
    file: 'packages/run-report/src/conclude-images.ts',
    text: "image.present.kind === 'unknown') return endImage(image, { status: 'unknown' })",
    replacement: "image.present.kind === 'unknown') return endImage(image, { status: 'missing' })",
    test: {
      file: '__tests__/scenarios/images/image-truth.long.test.ts',
      title:
        "a check of a registry that the runner can't read > does not report an image as present without knowing it",
    },
  },
  {
    bullet: 'propagation-seconds: the longest wait',
    file: 'packages/run-report/src/outputs.ts',
    text: 'Math.max(...waits)',
    replacement: 'Math.min(...waits)',
    test: {
      file: 'packages/fleet/__tests__/outputs.test.ts',
      title: 'the outputs > describe the first pair, with the longest wait',
    },
  },
  {
    bullet: 'report-file: the same JSON',
    file: 'packages/run-report/src/outputs.ts',
    text: '    writeFileSync(file, fitting)',
    replacement: "    writeFileSync(file, '{}')",
    test: {
      file: '__tests__/scenarios/attach/outputs.test.ts',
      title: 'after > success every output has its known value, and the report file has the report',
    },
  },
  {
    bullet: 'report: attached is never lost to its size',
    file: 'packages/run-report/src/fit.ts',
    text: 'if (measure(json) <= max) return json',
    replacement: 'return json',
    test: {
      file: 'packages/run-report/__tests__/fit.test.ts',
      title: 'a report > never loses its result, however long its error and its scopes are',
    },
  },
  {
    bullet: 'report: outputs are counted in UTF-16',
    file: 'packages/run-report/src/fit.ts',
    text: 'const bytesPerCharacter = 2',
    replacement: 'const bytesPerCharacter = 1',
    test: {
      file: 'packages/run-report/__tests__/fit.test.ts',
      title: 'the outputs > fit within the limit of GitHub for a job, which counts two bytes for each character',
    },
  },
  {
    bullet: 'report: a row of workloads that is unknown has its errorCode',
    file: 'packages/report-document/src/report-json.ts',
    text: "return status === 'unknown' && error ? { ...row, errorCode: error.code } : row",
    replacement: 'return row',
    test: {
      file: '__tests__/scenarios/check/running-images.long.test.ts',
      title:
        'images that run on a registry that refuses to be read > are all unknown after three look-ups, if its firewall refuses',
    },
  },
  {
    bullet: 'report: how a node got the layers is unknown unless it is known',
    file: 'packages/kubernetes/src/node-images.ts',
    text: 'const isNew = list && !list.isVague && (',
    replacement: 'const isNew = list && (',
    test: { file: 'packages/kubernetes/__tests__/node-images.test.ts', title: 'what a list does not say is not known' },
  },
  {
    bullet: 'report: a pull names its first refusal',
    file: 'packages/pull-proof/src/seen-pull.ts',
    text: 'before.firstRefusal ?? refusalIn(seen)',
    replacement: 'refusalIn(seen) ?? before.firstRefusal',
    test: {
      file: 'packages/pull-proof/__tests__/pull-results.test.ts',
      title: 'a pull > keeps the first refusal of a registry, whatever comes later',
    },
  },
  {
    bullet: 'report: grantedBy of a detached pair is the first access that is left',
    file: 'packages/run-report/src/conclude.ts',
    text: 'const { grantedBy, role, assignment } = left[0]',
    replacement: 'const { role, assignment } = left[0]\n  const grantedBy = null',
    test: {
      file: '__tests__/scenarios/detach/detach.test.ts',
      title: 'detach > deletes the pull roles of the pull identity at the registry, and nothing else',
    },
  },
  {
    bullet: 'each failure is listed once',
    file: 'packages/run-report/src/conclude.ts',
    text: "[code, resource, failure ?? message].join(' ')",
    replacement: "[code, resource, failure ?? message, Math.random()].join(' ')",
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'a pair that fails does not stop the others',
    file: 'src/apply/apply.ts',
    text: '[kind, operation.scope, operation.role.id, operation.principalType]',
    replacement: '[kind, operation.role.id, operation.principalType]',
    test: {
      file: '__tests__/scenarios/attach/many.test.ts',
      title:
        'several clusters and registries > continue if a lock forbids writes at one of the registries, and fail at the end',
    },
  },
  {
    bullet: 'printed commands are quoted',
    file: 'packages/azure/src/az.ts',
    text: "(typeof part === 'string' ? [part] : part).map(shellQuote)",
    replacement: "(typeof part === 'string' ? [part] : part)",
    test: {
      file: 'packages/azure/__tests__/az-commands.test.ts',
      title: 'the template of commands > makes one word of each value, whatever it contains',
    },
  },
  {
    bullet: 'fail-on-drift: false leaves the step green',
    file: 'packages/run-report/src/conclude.ts',
    text: 'errors.length > 0 || (drift && run.inputs.failOnDrift)',
    replacement: 'errors.length > 0 || drift',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'drift: a missing image is drift in check',
    file: 'packages/run-report/src/conclude.ts',
    text: '(pairs.some(isDrifted) || images.some(isLacking))',
    replacement: 'pairs.some(isDrifted)',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'job: a hash of the inputs, too',
    file: 'packages/runner/src/job.ts',
    text: 'step, inputs.sort()])',
    replacement: 'step])',
    test: {
      file: 'packages/runner/__tests__/job.test.ts',
      title: 'the job of a report > is another one with a leg with other clusters',
    },
  },
  {
    bullet: 'job: the same in every attempt and every night',
    file: 'packages/runner/src/job.ts',
    text: "replaceAll(each, '…'), value)",
    replacement: 'replaceAll(each, each), value)',
    test: {
      file: 'packages/runner/__tests__/job.test.ts',
      title: 'the job of a report > is the same with another run, whose ID and commit are parts of its inputs',
    },
  },
  {
    bullet: 'IMAGE_OUT_OF_REACH: an image outside of the conditions',
    file: 'packages/run-report/src/conclude-reach.ts',
    text: 'if (outside.length === 0) return []',
    replacement: 'return []',
    test: {
      file: 'packages/run-report/__tests__/conclude-reach.test.ts',
      title: 'what is out of reach, and what else keeps a run from being ready, is in reach.txt',
    },
  },
  {
    bullet: 'IMAGE_OUT_OF_REACH: an image in a host of Azure that is not in registry',
    file: 'packages/image-uses/src/manifests.ts',
    text: 'return cloudNames.some(name =>',
    replacement: 'return cloudNames.every(name =>',
    test: {
      file: 'packages/image-uses/__tests__/image-look-up.test.ts',
      title:
        'an image of manifests on a host that is no registry of the step > is a warning that names it if that is of Azure, or almost one of the step: fabrikam.azurecr.io',
    },
  },
  {
    bullet: 'ready: false while an image may be out of reach',
    file: 'packages/run-report/src/conclude.ts',
    text: 'unreached.length === 0 && ',
    replacement: '',
    test: {
      file: 'packages/run-report/__tests__/conclude-reach.test.ts',
      title: 'what is out of reach, and what else keeps a run from being ready, is in reach.txt',
    },
  },
  {
    bullet: 'ready: false while a warning is about an image that was asked for',
    file: 'packages/run-report/src/conclude.ts',
    text: ' || findings.some(isAboutImage)',
    replacement: '',
    test: {
      file: 'packages/run-report/__tests__/conclude-reach.test.ts',
      title: 'what is out of reach, and what else keeps a run from being ready, is in reach.txt',
    },
  },
  {
    bullet: 'ready: false while a cluster is stopped',
    file: 'packages/run-report/src/conclude.ts',
    text: '    if (isStopped) return false\n',
    replacement: '',
    test: {
      file: 'packages/run-report/__tests__/conclude-reach.test.ts',
      title: 'what is out of reach, and what else keeps a run from being ready, is in reach.txt',
    },
  },
]
