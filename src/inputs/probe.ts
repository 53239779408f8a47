import { coversRepositories, describeRepositories } from 'repository-conditions'
import { isRepositoryReference, loginServerOf, type Cloud, accountName } from 'azure'
import { type Unknown } from 'kernel'
import { quote, type InputReader } from 'runner'
import { type Inputs, type ManifestImage } from 'run-model'

/** The name of a namespace: an RFC 1123 label (kubernetes.io/docs/concepts/overview/working-with-objects/names). */
const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

const namespaces = 'names of namespaces, one per line, or * for all of them; a line !NAME leaves one out'

/** Reads which namespaces' workloads are checked; undefined if none are. Also checks the input where it is ignored. */
export function readWorkloads(reader: InputReader): NonNullable<Inputs['workloads']> | undefined {
  const lines = reader.list('workloads')
  const names = new Set<string>()
  const except = new Set<string>()
  for (const line of lines.filter(each => each !== '*')) {
    const [isLeftOut, name] = line.startsWith('!') ? [true, line.slice(1).trim()] : [false, line]
    if (!namespaceName.test(name)) {
      const pattern = line.includes('*') && line !== '!*' ? '; patterns such as kube-* are not supported' : ''
      reader.reject('workloads', quote(line), `${namespaces}${pattern}`)
    } else if (isLeftOut) except.add(name)
    else names.add(name)
  }
  if (lines.includes('*')) return { kind: 'all', except: [...except].sort() }
  const left = [...names].filter(name => !except.has(name)).sort()
  if (left.length > 0) return { kind: 'named', names: left }
  // Names that all are left out again, or nothing to leave them out of.
  if (except.size > 0) {
    const [first = ''] = except
    const why = names.size > 0 ? `a namespace that no !NAME leaves out, or *` : `* before !NAME`
    reader.reject('workloads', quote(`!${first}`), `${why}: ${namespaces}`)
  }
  return undefined
}

const accountNames = 'the name of a service account in probe-namespace: lower-case letters, digits, - and .'

/** Reads the inputs about verification, and the manifests if the mode uses them. */
export async function readProbeInputs(
  reader: InputReader,
  { mode, cloud, registries }: Pick<Inputs, 'mode' | 'cloud' | 'registries'>,
) {
  const manifests = mode === 'detach' ? { images: [], doubts: [] } : await readManifestFiles(reader)
  return {
    verify: reader.choice('verify', ['assignment', 'none', 'pull']),
    probeImages: readProbeImages(reader, cloud, registries),
    ...(reader.list('probe-image').includes(workloadImages) && { probesWorkloads: true as const }),
    manifests: manifests.images,
    manifestDoubts: manifests.doubts,
    manifestGlobs: reader.list('manifests'),
    probeWith: reader.choice('probe-with', ['auto', 'kubectl', 'run-command']),
    probeNodes: reader.choice('probe-nodes', ['one-per-pool', 'all']),
    probeNamespace: reader.matching('probe-namespace', namespaceName, 'the name of a namespace') || 'default',
    probeServiceAccount: reader.matching('probe-service-account', accountName, accountNames),
  }
}

/** Loads the YAML parser only if there are manifests. */
async function readManifestFiles(reader: InputReader): Promise<{ images: ManifestImage[]; doubts: Unknown[] }> {
  const globs = reader.list('manifests')
  if (globs.length === 0) return { images: [], doubts: [] }
  const { readManifests } = await import('image-uses/manifests')
  return readManifests(reader, globs)
}

/** The line of `probe-image` that stands for the images of the input `workloads`. A repository of that name is written with its tag. */
const workloadImages = 'workloads'

function readProbeImages(reader: InputReader, cloud: Cloud, registries: Inputs['registries']): Inputs['probeImages'] {
  return reader.list('probe-image').flatMap(text => {
    if (text === workloadImages) return []
    if (isRepositoryReference(text)) return [{ text, loginServer: '', path: text }]
    const [host = '', ...rest] = text.split('/')
    const loginServer = loginServerOf(host)
    const path = rest.join('/')
    const isOurs = registries.some(reference => canHave(reference, loginServer))
    if (loginServer.endsWith(cloud.registrySuffix) && isOurs && isRepositoryReference(path))
      return [{ text, loginServer, path }]
    const expected =
      'repository[:tag|@digest] such as team/app:v1, or with the login server of one of the registries in front, one per line; or workloads'
    return reader.reject('probe-image', quote(text), expected)
  })
}

/** Whether a login server can belong to a registry: it starts with the registry's name, which a hash can follow. */
function canHave(reference: Inputs['registries'][number], loginServer: string): boolean {
  if (reference.kind === 'all') return true
  if (reference.kind === 'login-server') return reference.text === loginServer
  const name = (reference.kind === 'id' ? reference.id.name : reference.text).toLowerCase()
  return /^[.-]/.test(loginServer.slice(name.length)) && loginServer.startsWith(name)
}

/** Rejects inputs about verification that can't be combined with others. */
export function checkProof(
  reader: InputReader,
  inputs: Pick<Inputs, 'mode' | 'verify' | 'probeImages' | 'probesWorkloads' | 'images' | 'repositories'>,
): void {
  if (inputs.verify !== 'pull' || inputs.mode === 'detach') return
  if (reader.list('cluster').length === 0 && reader.list('kubelet-identity').length > 0)
    reader.reject('verify', 'pull', 'none or assignment; a kubelet-identity has no nodes that could pull yet')
  if (inputs.probesWorkloads && reader.list('workloads').length === 0) {
    const expected = 'the input workloads, too; or workloads:TAG, if a repository has that name'
    reader.reject('probe-image', quote(workloadImages), expected)
  }
  rejectOutside(reader, inputs)
  const hasOthers = reader.list('manifests').length > 0 || inputs.probesWorkloads === true
  if (inputs.repositories.length > 0 && inputs.probeImages.length === 0 && inputs.images.length === 0 && !hasOthers) {
    const expected =
      'an image in one of the repositories that access is limited to, for verify: pull; or images or manifests'
    reader.reject('probe-image', '', expected)
  }
}

/** Rejects images to pull that the role does not reach: nodes would be refused until the timeout. */
function rejectOutside(
  reader: InputReader,
  { probeImages, repositories }: Pick<Inputs, 'probeImages' | 'repositories'>,
) {
  if (repositories.length === 0) return
  for (const { text, path } of probeImages) {
    const [repository = ''] = path.split(/[:@]/)
    if (coversRepositories(repositories, [repository])) continue
    const limit = describeRepositories(repositories)
    reader.reject('probe-image', quote(text), `an image in the repositories that access is limited to: ${limit}`)
  }
}
