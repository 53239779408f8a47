import type { Behaviour } from './behaviour.js'

export const behaviours: readonly Behaviour[] = [
  {
    bullet: 'a locked tag is not imported over',
    file: 'src/plan/images.ts',
    text: 'const isForced = forceImport && !writeLocks',
    replacement: 'const isForced = forceImport',
    test: {
      file: '__tests__/unit/plan/images.test.ts',
      title: 'an image whose name is locked against writes is never replaced, even with force-import',
    },
  },
  {
    bullet: 'a second run writes nothing',
    file: 'packages/azure/src/access.ts',
    text: 'TODO',
    replacement: 'TODO',
    test: { file: '__tests__/scenarios/attach/idempotence.test.ts', title: 'a second run writes nothing and reports that' },
  },
]
