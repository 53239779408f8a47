import type { Behaviour } from './behaviour.js'

/** The drift issue, and the merge of a fleet. */
export const issue: readonly Behaviour[] = [
  {
    bullet: 'a refused node is not healed by the pull of another node',
    file: 'packages/drift-issue/src/compare.ts',
    text: "proof === 'nodes' ? areNodesLeft(former, item) : unproven.includes(proof)",
    replacement: 'unproven.some(each => each === proof)',
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'an issue that a newer run has written is left alone',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'BigInt(written) > BigInt(own) ? written',
    replacement: 'BigInt(written) < BigInt(own) ? written',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'another leg of the run that would write the same issue touches nothing',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'leg !== owner.leg)',
    replacement: 'leg === owner.leg)',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'the issue belongs to its name',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'return isNamed && (labels',
    replacement: 'return (labels',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'what people wrote in the issue stays',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'below: strip(body.slice(end ?? body.length))',
    replacement: "below: ''",
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'the text of people > is what stands above and below the text that is rewritten',
    },
  },
  {
    bullet: 'closing as not planned by a person accepts the items',
    file: 'packages/drift-issue/src/compare.ts',
    text: "return stateReason === 'not_planned' || stateReason === 'duplicate'",
    replacement: "return stateReason === 'duplicate'",
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'accepted items that get worse open the issue again',
    file: 'packages/drift-issue/src/compare.ts',
    text: 'return howOf(item) === how && (',
    replacement: 'return (',
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'the issue is closed when the drift is gone',
    file: 'packages/drift-issue/src/issue.ts',
    text: 'if (drift.items.length > 0 || staying.length > 0)',
    replacement: 'if (drift.items.length > 0 || staying.length === 0)',
    test: {
      file: 'packages/drift-issue/__tests__/issue.test.ts',
      title: 'the drift issue > is opened, kept, edited and closed, with a comment on what is worse and better',
    },
  },
  {
    bullet: 'a run that could check nothing leaves the issue',
    file: 'packages/drift-issue/src/issue.ts',
    text: "if (drift.items.length + drift.fine.length === 0) return { did: 'left' }\n",
    replacement: '',
    test: {
      file: 'packages/drift-issue/__tests__/issue.test.ts',
      title: 'the drift issue > is left alone by a run that could check nothing',
    },
  },
  {
    bullet: 'an item stays in the issue until a run has seen it right',
    file: 'packages/drift-issue/src/compare.ts',
    text: "why: worst ? '' : await leaves(each)",
    replacement: "why: worst ? '' : 'gone'",
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'merge: an entry without a report fails',
    file: 'packages/fleet/src/merge.ts',
    text: "advice === undefined ? 'REPORT_MISSING' : 'INVALID_INPUT'",
    replacement: "'INVALID_INPUT'",
    test: {
      file: 'packages/report-document/__tests__/merge.test.ts',
      title: 'what a merge says is in merge.txt',
    },
  },
  {
    bullet: 'merge fails on drift, unless fail-on-drift is false',
    file: 'packages/run-report/src/tell.ts',
    text: 'const errors: readonly Problem[] = failOnDrift ? all : failures',
    replacement: 'const errors: readonly Problem[] = all',
    test: {
      file: 'packages/report-document/__tests__/merge.test.ts',
      title: 'what a merge says is in merge.txt',
    },
  },
  {
    bullet: 'merge: a report of another run is no report',
    file: 'packages/fleet/src/read-reports.ts',
    text: "return id !== '' && !!report?.run && report.run.id !== id",
    replacement: "return id === '' && !!report?.run && report.run.id !== id",
    test: {
      file: 'packages/fleet/__tests__/legs.test.ts',
      title: 'the jobs of a fleet are those in legs.txt',
    },
  },
  {
    bullet: 'another leg touches nothing, in whatever attempt',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: "a.run.split('.')[0] === b.run.split('.')[0]",
    replacement: 'a.run === b.run',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'another workflow file within 36 hours touches nothing',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: '(isOtherJob && owner.at - at < heldMs)',
    replacement: '(isOtherJob && owner.at - at < 0)',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'a renamed workflow file has its issue after 36 hours',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: '(isOtherJob && owner.at - at < heldMs)',
    replacement: 'isOtherJob',
    test: {
      file: 'packages/drift-issue/__tests__/hidden-lines.test.ts',
      title: 'whose an issue is, is in owner.txt',
    },
  },
  {
    bullet: 'accepted items that spread to another cluster open the issue again',
    file: 'packages/drift-issue/src/compare.ts',
    text: '(item.clusters ?? []).every(each =>',
    replacement: '(item.clusters ?? []).some(each =>',
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'an item leaves the issue once it is seen right',
    file: 'packages/drift-issue/src/compare.ts',
    text: "worst?.state === 'fine' ? worst.item : [])),\n    /** Earlier drift that is gone",
    replacement: "worst?.state === 'unknown' ? worst.item : [])),\n    /** Earlier drift that is gone",
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'an item leaves the issue if its own ID answered 404, whatever a list lacks',
    file: 'packages/drift-issue/src/leaving.ts',
    text: "if (isGone) return (await isGone(target)) ? `the ${what} was deleted` : ''",
    replacement: 'if (await isGone?.(target)) return `the ${what} was deleted`',
    test: {
      file: 'packages/drift-issue/__tests__/leaving.test.ts',
      title: 'why an item leaves an issue is in leaving.txt',
    },
  },
  {
    bullet: 'an image leaves the issue only if the same job asked again',
    file: 'packages/drift-issue/src/leaving.ts',
    text: 'if (!former.jobs.every(job => own.some(report => report.job === job)) || former.jobs.length === 0) return false',
    replacement: 'if (former.jobs.length === 0) return false',
    test: {
      file: 'packages/drift-issue/__tests__/leaving.test.ts',
      title: 'why an item leaves an issue is in leaving.txt',
    },
  },
  {
    bullet: 'an image leaves the issue only if the same job read all of it',
    file: 'packages/drift-issue/src/leaving.ts',
    text: ' || isClusterRead(report, cluster))',
    replacement: ' || true)',
    test: {
      file: 'packages/drift-issue/__tests__/leaving.test.ts',
      title: 'why an item leaves an issue is in leaving.txt',
    },
  },
  {
    bullet: 'an item of * leaves the issue only by the list of its own job',
    file: 'packages/drift-issue/src/leaving.ts',
    text: 'job !== null && former.jobs.includes(job)',
    replacement: 'job !== null',
    test: {
      file: 'packages/drift-issue/__tests__/leaving.test.ts',
      title: 'why an item leaves an issue is in leaving.txt',
    },
  },
  {
    bullet: 'a name never matches an item of another job',
    file: 'packages/drift-issue/src/compare.ts',
    text: 'former.jobs.some(job => item.jobs?.includes(job))',
    replacement: 'former.jobs.length >= 0',
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title: 'what a night changes is in change.txt',
    },
  },
  {
    bullet: 'merge: a report is replaced by a later attempt',
    file: 'packages/fleet/src/read-reports.ts',
    text: 'young.run.attempt > old.run.attempt',
    replacement: 'young.run.attempt < old.run.attempt',
    test: {
      file: 'packages/fleet/__tests__/legs.test.ts',
      title: 'the jobs of a fleet are those in legs.txt',
    },
  },
  {
    bullet: 'merge: a report is replaced by one of the same job only',
    file: 'packages/fleet/src/read-reports.ts',
    text: 'old.job !== null && old.job === young.job',
    replacement: 'old.job !== null',
    test: {
      file: 'packages/fleet/__tests__/legs.test.ts',
      title: 'the jobs of a fleet are those in legs.txt',
    },
  },
  {
    bullet: 'merge: a report is of the entry whose keys and values it has',
    file: 'packages/fleet/src/entry.ts',
    text: 'isDeepStrictEqual(values.get(key), value))',
    replacement: 'values.has(key))',
    test: {
      file: 'packages/fleet/__tests__/legs.test.ts',
      title: 'the jobs of a fleet are those in legs.txt',
    },
  },
  {
    bullet: 'merge: a report without an entry of the fleet is an error',
    file: 'packages/fleet/src/read-reports.ts',
    text: 'fleet.length > 0 ? withoutEntry(file) : file',
    replacement: 'file',
    test: {
      file: 'packages/fleet/__tests__/legs.test.ts',
      title: 'the jobs of a fleet are those in legs.txt',
    },
  },
]
