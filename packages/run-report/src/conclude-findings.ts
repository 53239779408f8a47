import { lastSegment, nameImage, sameId, subscriptionsOf, isUnread, pinned } from 'azure'
import { distinctOf, groupBy, nameSome, type ActionError, type Finding, type Unknown, valuesOf, reasonOf } from 'kernel'
import { createTargetOf, errorOf, hasAccess, noteUnseenIdentities } from 'run-model'
import type { PairResult, Run, CheckedImage } from 'run-model'
import {
  describeUnreadImage,
  describeUnreadRunning,
  findEmptyNamespaces,
  findNotCompared,
  findQuarantined,
  findRunningFindings,
  noteRunning,
} from './conclude-images.js'
import { describeUnserved, findNotServed, type Unserved } from './conclude-endpoints.js'
import { describeUnclear, findOutOfReach, type Unreached } from './conclude-reach.js'

export function concludeFindings(
  run: Run,
  pairs: readonly PairResult[],
  unread: readonly CheckedImage<'input' | 'manifest'>[],
  { unreached, unserved }: { unreached: readonly Unreached[]; unserved: readonly Unserved[] },
  images: readonly CheckedImage[],
): Finding[] {
  const ofImages = [
    ...findOutOfReach(unreached),
    ...findNotServed(unserved),
    ...findQuarantined(images, pairs),
    ...findNotCompared(unread),
    ...findRunningFindings(run),
  ]
  const all = [...findLasting(run, pairs), ...run.findings, ...ofImages, ...findEmptyNamespaces(run)]
  return distinctOf(all, ({ code, subject, message }) => [code, subject, message].join(' '))
}

/** The findings of the plan, except for those that are no longer true: a missing role that nodes need to boot, or a registry that nobody can reach. */
function findLasting(run: Run, pairs: readonly PairResult[]): Finding[] {
  const { mode, plan } = run
  const targetOf = createTargetOf(run)
  const booting = pairs.flatMap(({ standing, target, registry }) =>
    standing.is === 'granted' && sameId(targetOf(target)?.bootstrapRegistryId ?? '', registry) ? target : [],
  )
  const reached = pairs.flatMap(({ standing, registry }) => (standing.proof === 'pull' ? registry : []))
  const isRepaired = ({ code, subject }: Finding): boolean =>
    (code === 'BOOTSTRAP_REGISTRY' && booting.includes(subject)) ||
    (code === 'NO_PRIVATE_ENDPOINT' && reached.includes(subject))
  // A pull shows that a doubtful condition counts.
  const isProven = ({ code, severity, subject }: Finding): boolean =>
    code === 'ROLE_IGNORED_BY_ABAC' &&
    severity === 'notice' &&
    pairs.every(({ registry, standing }) => registry !== subject || standing.proof === 'pull')
  return (plan?.findings ?? []).filter(finding => !isProven(finding) && (mode !== 'attach' || !isRepaired(finding)))
}

/** Everything that could not be checked, each once. */
export function concludeUnknown(
  run: Run,
  pairs: readonly PairResult[],
  unread: readonly CheckedImage<'input' | 'manifest'>[],
  { unreached, unserved }: { unreached: readonly Unreached[]; unserved: readonly Unserved[] },
): Unknown[] {
  const { observed, plan, unknown } = run
  const failed = observed?.registries.flatMap(({ asked, error }) => (error ? asked : [])) ?? []
  const all: (Unknown & { key?: string })[] = [
    ...pairs.flatMap(({ standing, target, registry, asked }) => {
      if (standing.is !== 'unknown' || !standing.error) return []
      const { error } = standing
      const subject = failed.includes(asked.registry) ? registry : target
      return { subject, message: error.message, about: 'pair' as const, key: keyOfError(error) }
    }),
    ...[...(observed?.unknownRoles.values() ?? [])].map(error => {
      const { subject = '', message } = error
      return { subject, message, key: keyOfError(error) }
    }),
    ...findEndedSecrets(pairs, run),
    ...(plan?.unknown ?? []),
    ...unread.map(image => ({
      subject: pinned(image) || nameImage(image),
      message: describeUnreadImage(image),
      about: 'image' as const,
    })),
    ...describeUnclear(unreached),
    ...describeUnserved(unserved),
    ...describeUnreadRunning(run).map(({ error, subject }) => ({
      subject,
      message: error.message,
      // In `check`, the failures of the step report it, too.
      ...(run.mode === 'check' && { about: 'image' as const }),
    })),
    ...unknown,
  ]
  return distinctOf(all, ({ key, message }) => key ?? message).map(({ subject, message, about }) => ({
    subject,
    message,
    ...(about && { about }),
  }))
}

/** Clusters with the role whose nodes have no valid secret, unless they have pulled nevertheless. */
function findEndedSecrets(pairs: readonly PairResult[], run: Run): Unknown[] {
  const targetOf = createTargetOf(run)
  return pairs.flatMap(({ target, standing }) => {
    const found = hasAccess(standing) && !errorOf(standing) && standing.proof !== 'pull' ? targetOf(target) : undefined
    return found?.identity.secret?.value?.haveAllEnded
      ? { subject: target, message: `${found.name} has the role, but the secret that it pulls with has ended` }
      : []
  })
}

function noteSecrets({ observed }: Run): string[] {
  return valuesOf(observed?.targets ?? []).flatMap(({ name, identity: { secret } }) =>
    secret?.error ? `could not check when the secret of ${name} ends: ${reasonOf(secret.error.said)}` : [],
  )
}

function keyOfError({ resource, said, message }: ActionError): string {
  return [resource, said.why === undefined ? message : said.what].filter(Boolean).join(' ')
}

export function concludeNotes(
  run: Run,
  pairs: readonly PairResult[],
  images: readonly CheckedImage<'input'>[],
): string[] {
  // `unknown` has the notes of images that could not be read.
  const ofImages = images.flatMap(image => (isUnread(image) ? [] : image.notes))
  return [
    ...new Set([
      ...noteTokens(pairs, run),
      ...noteServiceAccounts(run),
      ...noteIdentities(pairs, run),
      ...noteRunning(run),
      ...noteSecrets(run),
      ...noteUnseenClusters(run),
      ...run.notes,
      ...ofImages,
    ]),
  ]
}

/**
 * The notes of a `detach` that nodes keep their tokens (kubelet keeps a registry's token for up to an hour: cloud-provider-azure pull request 9974), and that
 * others use the kubelet identity (fluxcd.io/flux/components/source/helmrepositories, "Kubelet Managed Identity").
 */
function noteTokens(pairs: readonly PairResult[], { mode }: Run): string[] {
  const names = new Set(pairs.flatMap(({ changed, registry }) => (changed ? lastSegment(registry) : [])))
  return mode === 'detach' && names.size > 0
    ? [
        `Nodes can keep pulling from ${[...names].join(', ')} for up to an hour, with tokens that they already have.`,
        'Everything else that uses their identity loses access, too, for example Flux when it pulls charts.',
      ]
    : []
}

/** The note that clusters which could pull with an identity that AKS made for a target were not looked at before `detach` took its role. */
function noteUnseenClusters({ observed }: Run): string[] {
  const unseen = [...(observed?.pullers.values() ?? [])].flatMap(each => (each.unseen ? [each.unseen] : []))
  if (unseen.length === 0) return []
  const reasons = [...new Set(unseen.flat().map(({ said }) => reasonOf(said)))]
  const places = [
    "clusters that the signed-in identity can't see, also in other subscriptions",
    ...reasons.slice(0, maxNamedHere),
  ]
  return [
    `not looked at: ${places.join('; ')}. AKS made the identities for these clusters alone, so that another one hardly ever pulls with them`,
  ]
}

/** The notes about clusters for which Azure did not return whether they pull as service accounts, one per reason. */
function noteServiceAccounts({ observed }: Run): string[] {
  const unread = valuesOf(observed?.targets ?? []).flatMap(({ name, serviceAccountPull }) =>
    serviceAccountPull?.error ? { name, reason: reasonOf(serviceAccountPull.error.said) } : [],
  )
  return [...groupBy(unread, ({ reason }) => reason)].map(([reason, clusters]) => {
    const names = clusters.map(({ name }) => name)
    return `could not check whether pods on ${nameSome(names, maxNamedHere)} pull as their service accounts: ${reason}`
  })
}

const maxNamedHere = 5

/**
 * The note that an attached cluster may have a deleted kubelet identity, whose role remains. In `check`, the inspection asks Microsoft Graph, too. An
 * identity that has pulled exists; and that the caller has no right to read it is the same in each run, so that only `identitySeen` of the report says it.
 */
function noteIdentities(pairs: readonly PairResult[], run: Run): string[] {
  const { mode, observed } = run
  if (mode !== 'attach') return []
  const targetOf = createTargetOf(run)
  const attached = pairs.flatMap(({ standing, target }) =>
    standing.is === 'granted' && standing.proof !== 'pull' ? (targetOf(target) ?? []) : [],
  )
  const byReason = groupBy([...new Set(attached)], target => {
    const { why = '', isForbidden } = observed?.identities.get(target) ?? {}
    return isForbidden ? '' : why
  })
  return [...byReason].flatMap(([why, clusters]) => (why ? noteUnseenIdentities(clusters, why) : []))
}

/** The subscriptions of clusters and registries, with the names that Azure has shown. */
export function concludeSubscriptions({ inputs, subscriptions }: Run, pairs: PairResult[]): Run['subscriptions'] {
  const names = new Map(subscriptions.map(({ id, name }) => [id, name]))
  const ids = pairs.flatMap(({ target, registry, asked }) => [target, registry, ...Object.values(asked)])
  const own = new Set([...subscriptionsOf(ids), inputs?.subscriptionId.toLowerCase() ?? ''])
  return [...own].filter(Boolean).map(id => ({ id, name: names.get(id) ?? null }))
}
