import { groupBy } from 'kernel'
import { decode, entriesOf, rowsOf, tab, type PodEvent, type ProbePod } from './cluster-text.js'
import { findPulled } from './pod-verdict.js'
import type { ProbedImage } from './probe-pod.js'
import type { Verdict } from './verdict.js'

/** How many images a kubelet lists at most, the largest ones, largest first (kubelet `nodeStatusMaxImages`, `pkg/kubelet/images/image_gc_manager.go`). */
const maxImages = 50

/** How many names of an image it lists at most (kubelet `pkg/kubelet/nodestatus/setters.go`, `MaxNamesPerImageInNodeStatus`). */
const maxNames = 5

/** The names that Kubernetes allows; others must not get into a template. */
const nodeName = /^[a-z\d.-]+$/

/**
 * A template that prints the images that nodes list in their status: each with its names and, after all of a node's, how many these are, the size of the
 * smallest one in bytes, and whether names may be missing.
 * @param nodes names of nodes, at least one
 */
export function imagesTemplate(nodes: readonly string[]): string {
  const names = nodes.filter(name => nodeName.test(name)).map(name => `"${name}"`)
  const end = `${tab}.{{"\\n"}}`
  return (
    `{{range .items}}{{if eq .metadata.name ${names.join(' ')}}}{{$node := .metadata.name}}{{$smallest := ""}}{{$cut := ""}}{{range .status.images}}` +
    `{{$smallest = .sizeBytes}}{{with .names}}{{if ge (len .) ${maxNames}}}{{$cut = "cut"}}{{end}}{{end}}` +
    `image${tab}{{$node}}${tab}{{range .names}}{{urlquery .}} {{end}}${end}{{end}}` +
    `images${tab}{{$node}}${tab}{{with .status.images}}{{len .}}{{end}}${tab}{{$smallest}}${tab}{{$cut}}${end}{{end}}{{end}}`
  )
}

/** Reads what nodes list of their images, by node. Run Command prints only what matters for the pulls. */
export function readImageLists(output: string) {
  const byNode = groupBy(rowsOf(output, 'image'), ([node = '']) => node)
  return new Map(
    rowsOf(output, 'images').map(([node = '', count, smallest, cut]) => {
      const rows: readonly string[][] = byNode.get(node) ?? []
      const images = rows.map(([, names]) => entriesOf(names ?? '').flatMap(name => digestInName(decode(name)) ?? []))
      const list = {
        digests: new Set(images.flat()),
        isFull: Number(count) >= maxImages,
        smallestInBytes: Number(smallest),
        /** Whether the image may be among them under a name that is not listed. A node without any image does not list them. */
        isVague: Number(count) === 0 || cut !== '' || images.some(digests => digests.length === 0),
        /** Whether the node has been asked to pull since: what it had may be gone. */
        isOld: false,
      }
      return [node, list] as const
    }),
  )
}

/** What a node lists of its images. */
export type ImageList = NonNullable<ReturnType<ReturnType<typeof readImageLists>['get']>>

/** The digest in a name or an image ID, such as `x.azurecr.io/app@sha256:…`. */
function digestInName(name: string): string | undefined {
  return /@(sha256:[\da-f]{64})$/.exec(name)?.[1]
}

/**
 * Which digest a node has pulled, and whether it had it before. containerd fetches no manifest and no layer that it has, from whichever registry, so what
 * is listed was not fetched. What is not listed was, if the list is complete: it was so up to 40 s before it was read (the kubelet lists its images every
 * 30 s, and reports them every 10 s), and an image larger than the smallest one of a full list would be in it.
 * @param list what the node listed before its first pod was created; undefined if that could not be read
 * @param events of the pod, which show the image's size (`Pulled`; recorded from Kubernetes 1.34.2)
 */
export function judgeLayers(
  pod: ProbePod | undefined,
  { container }: ProbedImage,
  events: readonly PodEvent[],
  list: ImageList | undefined,
): Pick<Verdict, 'digest' | 'layers'> {
  const { image = '', imageId = '' } = pod?.containers.find(({ name }) => name === container) ?? {}
  const digest = digestInName(imageId)
  if (digest === undefined) return {}
  if (list?.digests.has(digest)) return { digest, ...(!list.isOld && { layers: 'on-node' }) }
  const isNew = list && !list.isVague && (!list.isFull || sizeInBytes(image, events) > list.smallestInBytes)
  return { digest, ...(isNew && { layers: 'fetched' as const }) }
}

function sizeInBytes(image: string, events: readonly PodEvent[]): number {
  return Number(/Image size: (\d+) bytes/.exec(findPulled(image, events)?.message ?? '')?.[1])
}

/** Whether only the size of a pulled image, which events show, tells whether the node had it. */
export function needsSize(
  { digest, layers }: Pick<Verdict, 'digest' | 'layers'>,
  list: ImageList | undefined,
): boolean {
  return digest !== undefined && layers === undefined && list?.isFull === true && !list.isVague
}
