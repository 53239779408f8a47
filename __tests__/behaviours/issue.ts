import type { Behaviour } from './behaviour.js'

/** The drift issue, and the merge of a fleet. */
export const issue: readonly Behaviour[] = [
  {
    bullet: 'an issue that a newer run has written is left alone',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'BigInt(written) > BigInt(own) ? written',
    replacement: 'BigInt(written) < BigInt(own) ? written',
    test: {
      file: 'packages/drift-issue/__tests__/drift-owner.test.ts',
      title: 'the run that wrote an issue last > is newer than "9.1" if it is "10.1": "10"',
    },
  },
  {
    bullet: 'another leg of the run that would write the same issue touches nothing',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'written.about !== hash(about, 16)',
    replacement: 'written.about === hash(about, 16)',
    test: {
      file: 'packages/drift-issue/__tests__/drift-owner.test.ts',
      title:
        "an issue > that this run, about something else has written is that of another leg: { name: 'production', run: '70.2', about: 'aks-2' }",
    },
  },
  {
    bullet: 'the issue belongs to its name',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'return isNamed && (labels',
    replacement: 'return (labels',
    test: {
      file: 'packages/drift-issue/__tests__/drift-owner.test.ts',
      title: "an issue > is not the owner's with another name",
    },
  },
  {
    bullet: 'what people wrote in the issue stays',
    file: 'packages/drift-issue/src/hidden-lines.ts',
    text: 'below: strip(body.slice(end ?? body.length))',
    replacement: "below: ''",
    test: {
      file: 'packages/drift-issue/__tests__/drift-people.test.ts',
      title: 'the text of people > is what stands above and below the text that is rewritten',
    },
  },
  {
    bullet: 'closing as not planned by a person accepts the items',
    file: 'packages/drift-issue/src/compare.ts',
    text: "return stateReason === 'not_planned' || stateReason === 'duplicate'",
    replacement: "return stateReason === 'duplicate'",
    test: {
      file: 'packages/drift-issue/__tests__/drift-accepted.test.ts',
      title: 'an issue that was closed > as "not_planned" was decided about: true',
    },
  },
  {
    bullet: 'accepted items that get worse open the issue again',
    file: 'packages/drift-issue/src/compare.ts',
    text: 'howOf(item) === each.how ? item : []',
    replacement: 'item',
    test: {
      file: 'packages/drift-issue/__tests__/drift-accepted.test.ts',
      title: 'drift that a person has accepted > is all of it in another way',
    },
  },
  {
    bullet: 'the issue is closed when the drift is gone',
    file: 'packages/drift-issue/src/issue.ts',
    text: 'if (isClean && carried.length === 0 && isKnown && (isItemized',
    replacement: 'if (isClean && carried.length > 0 && isKnown && (isItemized',
    test: {
      file: '__tests__/scenarios/check/drift-issue.long.test.ts',
      title: 'a week of nights > opens, keeps, edits, closes and reopens one issue',
    },
  },
  {
    bullet: 'a run that could check nothing leaves the issue',
    file: 'packages/drift-issue/src/issue.ts',
    text: "if (drift.items.length + drift.fine.length === 0) return { did: 'left' }\n",
    replacement: '',
    test: {
      file: '__tests__/scenarios/check/drift-issue.long.test.ts',
      title: 'the drift issue > is not touched by a run that could not check anything',
    },
  },
  {
    bullet: 'an item stays in the issue until a run has seen it right',
    file: 'packages/drift-issue/src/compare.ts',
    text: 'fate: worst ? worst.fate : await settle(each)',
    replacement: 'fate: worst?.fate',
    test: {
      file: 'packages/drift-issue/__tests__/drift-change.test.ts',
      title:
        'a comparison with the former drift > looks up items that were not seen, and carries over those that are not gone',
    },
  },
  {
    bullet: 'merge: an entry without a report fails',
    file: 'packages/fleet/src/merge.ts',
    text: "advice === undefined ? 'REPORT_MISSING' : 'INVALID_INPUT'",
    replacement: "'INVALID_INPUT'",
    test: {
      file: 'packages/report-document/__tests__/merge.test.ts',
      title: 'a job that did not check everything > without a report fails the fleet, whatever the others found',
    },
  },
  {
    bullet: 'merge fails on drift, unless fail-on-drift is false',
    file: 'packages/run-report/src/tell.ts',
    text: 'const errors: readonly Problem[] = failOnDrift ? all : failures',
    replacement: 'const errors: readonly Problem[] = all',
    test: {
      file: 'packages/report-document/__tests__/merge.test.ts',
      title: 'a fleet with drift > fails, unless fail-on-drift is false',
    },
  },
  {
    bullet: 'merge: a report of another run is no report',
    file: 'packages/fleet/src/read-reports.ts',
    text: "return id !== '' && !!report?.run && report.run.id !== id",
    replacement: "return id === '' && !!report?.run && report.run.id !== id",
    test: {
      file: 'packages/fleet/__tests__/this-run.test.ts',
      title: 'a report of another run > is none: its job left none in this run',
    },
  },
]
