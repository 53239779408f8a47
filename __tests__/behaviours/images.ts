import type { Behaviour } from './behaviour.js'

/** Images. */
export const images: readonly Behaviour[] = [
  {
    bullet: 'nginx:1.27 means docker.io/library/nginx:1.27',
    file: 'packages/azure/src/image-reference.ts',
    text: "repository.includes('/') ? rest.repository : `library/${rest.repository}`",
    replacement: 'repository',
    test: { file: 'packages/azure/__tests__/image-reference.test.ts', title: 'a source > nginx:1.27' },
  },
  {
    bullet: 'without => the repository and tag stay as they are',
    file: 'packages/azure/src/image-reference.ts',
    text: 'repository: source.repository, tag: source.tag }',
    replacement: "repository: source.repository, tag: 'latest' }",
    test: {
      file: 'packages/azure/__tests__/image-reference.test.ts',
      title: 'a line of images > keeps repository and tag by default',
    },
  },
  {
    bullet: 'an image of a registry that the caller can see is imported by resource ID',
    file: 'src/apply/images.ts',
    text: 'source: resourceId ? { resourceId } : { registryUri: source.host }',
    replacement: 'source: { registryUri: source.host }',
    test: {
      file: '__tests__/scenarios/images/images.test.ts',
      title: 'an image > of another registry in Azure is imported by its resource ID',
    },
  },
  {
    bullet: 'images go to every registry given',
    file: 'src/observe/images.ts',
    text: '({ request, targets: registries })',
    replacement: '({ request, targets: registries.slice(0, 1) })',
    test: {
      file: '__tests__/scenarios/images/images.test.ts',
      title: 'an image > goes to every registry, while the grant propagates',
    },
  },
  {
    bullet: 'a tag with the same digest is present',
    file: 'src/plan/images.ts',
    text: "if (digest === sourceDigest) return { kind: 'present' }",
    replacement: '',
    test: { file: '__tests__/unit/plan/images.test.ts', title: 'images > are planned as in images.txt' },
  },
  {
    bullet: 'a tag with another digest is a conflict, unless force-import',
    file: 'src/plan/images.ts',
    text: 'const isForced = forceImport && !writeLocks',
    replacement: 'const isForced = !writeLocks',
    test: { file: '__tests__/unit/plan/images.test.ts', title: 'images > are planned as in images.txt' },
  },
  {
    bullet: 'a tag that is locked against writes is never replaced',
    file: 'src/plan/images.ts',
    text: 'const isForced = forceImport && !writeLocks',
    replacement: 'const isForced = forceImport',
    test: { file: '__tests__/unit/plan/images.test.ts', title: 'images > are planned as in images.txt' },
  },
  {
    bullet: "IMAGE_NOT_COMPARED where source or target can't be asked",
    file: 'packages/run-report/src/conclude-images.ts',
    text: "return [...selectWantedBy('input', images).filter(isUnread), ...used]",
    replacement: 'return used',
    test: {
      file: '__tests__/scenarios/images/image-truth.long.test.ts',
      title:
        "a registry that the runner can't read > makes a second run end like the first, with a note that nothing was compared",
    },
  },
  {
    bullet: 'what is not compared is pinned to no digest',
    file: 'packages/run-model/src/checked-image.ts',
    text: 'const isCompared = sourceDigest !== undefined || request.isProbe === true',
    replacement: 'const isCompared = true',
    test: {
      file: '__tests__/scenarios/images/image-truth.long.test.ts',
      title:
        "a source that the runner can't ask > does not change an existing tag, and pins nothing that was not compared",
    },
  },
  {
    bullet: 'after an import the digest is read back',
    file: 'src/apply/shown-image.ts',
    text: 'if (sourceDigest !== undefined) return digest === sourceDigest',
    replacement: 'if (sourceDigest !== undefined) return true',
    test: {
      file: '__tests__/scenarios/images/image-truth.long.test.ts',
      title: 'an import > that the data plane shows as another image for a moment is waited for',
    },
  },
  {
    bullet: 'the image is imported by its digest',
    file: 'src/apply/images.ts',
    text: 'sourceDigest ? `${source.repository}@${sourceDigest}` : `${source.repository}:${source.tag}`',
    replacement: '`${source.repository}:${source.tag}`',
    test: {
      file: '__tests__/scenarios/images/images.test.ts',
      title: 'an image > whose tag moves in the meantime arrives as resolved',
    },
  },
  {
    bullet: 'an image that is locked is told, not imported over',
    file: 'src/plan/images.ts',
    text: "isLocked(present.content, image)) return { kind: 'locked' }",
    replacement: "isLocked(present.content, image)) return { kind: 'present' }",
    test: { file: '__tests__/unit/plan/images.test.ts', title: 'images > are planned as in images.txt' },
  },
]
