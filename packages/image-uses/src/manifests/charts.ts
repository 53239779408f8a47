import { azureHost } from './mentions.js'
import { isObject, textOf } from './values.js'

/** A chart, or another OCI artifact that a controller deploys. */
export interface Chart {
  /** Its name with its tag or digest, or with its range of versions, which is no name of an image; empty if another document has its version. */
  image: string
  field: string
  isAzure: boolean
  /** Its name alone, as in the paths of what Helm renders. */
  name: string
  /** Whether it is only the place of what another document deploys. */
  isSource: boolean
}

/** The addresses of the sources of Flux by kind and name; empty if several of the name have different ones. */
export type Sources = ReadonlyMap<string, string>

/** Reads where Flux takes charts from (fluxcd.io/flux/components/source). */
export function readSources(resources: readonly unknown[]): Sources {
  const sources = new Map<string, string>()
  for (const resource of resources) {
    const { kind, metadata, spec } = isObject(resource) ? resource : {}
    if ((kind !== 'HelmRepository' && kind !== 'OCIRepository') || !isObject(spec)) continue
    const key = keyOfFluxSource({ kind, name: isObject(metadata) ? metadata.name : '' })
    const url = textOf(spec.url)
    sources.set(key, (sources.get(key) ?? url) === url ? url : '')
  }
  return sources
}

const keyOfFluxSource = ({ kind, name }: Record<string, unknown>): string => `${textOf(kind)}/${textOf(name)}`

/**
 * Finds the charts that a resource names, in the forms of Flux, Argo CD, Helm, Helmfile, k3s, Fleet, kustomize, Crossplane and Skaffold: an address, or a
 * repository beside a name; and a version beside it.
 */
export function findCharts(resource: unknown, path: string, sources: Sources): Chart[] {
  const charts: Chart[] = []
  if (isObject(resource) && resource.kind === 'HelmRepository') return charts
  if (isObject(resource) && resource.kind === 'OCIRepository') {
    const { url, ref } = isObject(resource.spec) ? resource.spec : {}
    // In this order (fluxcd.io/flux/components/source/ocirepositories/#reference).
    const [digest = '', semver = '', tag] = isObject(ref) ? [ref.digest, ref.semver, ref.tag].map(textOf) : []
    const at = { version: digest || semver || tag || 'latest', isTag: digest !== '' || semver === '' }
    return [{ ...toChart(textOf(url), { ...at, field: extendPath(path, 'spec.url') }), isSource: true }]
  }
  walk(resource, path, sources, charts)
  const isSource = isObject(resource) && textOf(resource.apiVersion).startsWith('source.toolkit.fluxcd.io/')
  return isSource ? charts.map(chart => ({ ...chart, isSource })) : charts
}

function walk(value: unknown, path: string, sources: Sources, into: Chart[]): void {
  if (Array.isArray(value)) for (const [at, item] of value.entries()) walk(item, `${path}[${at}]`, sources, into)
  if (!isObject(value)) return
  const chart = readChart(value, path, sources)
  if (chart) into.push(chart)
  for (const [key, child] of Object.entries(value))
    if (typeof child === 'object') walk(child, extendPath(path, key), sources, into)
}

function readChart(value: Record<string, unknown>, path: string, sources: Sources): Chart | undefined {
  const text = (key: string): string => textOf(value[key])
  const { sourceRef, chartRef } = value
  if (isObject(chartRef)) {
    const address = sources.get(keyOfFluxSource(chartRef))
    return address
      ? { ...toChart(address, { version: '*', field: extendPath(path, 'chartRef') }), image: '' }
      : undefined
  }
  const version = text('version') || text('targetRevision')
  const isAddress = (key: string): boolean => {
    // Only with a tag, because it can be that of something else.
    if (key === 'url') return /^oci:.*[\w-]:[^/]+$/.test(text(key))
    return text(key).startsWith('oci:') && (key !== 'repoURL' || (!text('chart') && version !== ''))
  }
  const key = ['chart', 'remoteChart', 'repoURL', 'url'].find(isAddress)
  const at = { version: version || '*', field: extendPath(path, key ?? (text('chart') ? 'chart' : 'name')) }
  if (key) return toChart(text(key), at)
  const isAtPath = azureHostAlone.test(text('repoURL'))
  const own = text('chart') || (isAtPath ? text('path') : version && text('name'))
  const repository = isObject(sourceRef)
    ? sources.get(keyOfFluxSource(sourceRef))
    : readChartRepository(value, isAtPath)
  return repository && own
    ? { ...toChart(`${repository.replace(/\/$/, '')}/${own}`, at), isSource: path.startsWith('dependencies[') }
    : undefined
}

/** The address of a repository of charts, not of Git or of an image. @param isAtPath whether Argo CD takes the chart from a path of a registry */
function readChartRepository({ repository, repo, repoURL, chart }: Record<string, unknown>, isAtPath: boolean): string {
  if (chart || isAtPath) return textOf(repoURL) || textOf(repo)
  return [repository, repo].map(textOf).find(text => /^(oci|https?):\/\//.test(text)) ?? ''
}

const azureHostAlone = new RegExp(`^${azureHost}$`, 'i')

const azurePlace = new RegExp(String.raw`^${azureHost}/[^\s:@]+`, 'i')

/** A version that is a tag, also in a repository of charts: others are ranges (github.com/Masterminds/semver#checking-version-constraints). */
const exact = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/

/** @param at.isTag whether the version is known to be a tag or a digest */
function toChart(
  address: string,
  { version, field, isTag }: { version: string; field: string; isTag?: boolean },
): Chart {
  const text = address.replace(/^oci:\/\//, '')
  const place = azurePlace.exec(text)?.[0] ?? text
  const reference = text.slice(place.length).replace(/^[:@]/, '') || version
  const isExact = isTag === true || exact.test(reference) || reference !== version
  const separator = reference.startsWith('sha256:') ? '@' : ':'
  return {
    // Registries allow no `+` in tags (helm.sh/docs/topics/registries).
    image: `${place}${isExact ? separator : ' '}${reference.replaceAll('+', '_')}`,
    field,
    isAzure: /\.azurecr\./i.test(place),
    name: place.replace(/^.*\//, ''),
    isSource: false,
  }
}

const extendPath = (path: string, key: string): string => (path ? `${path}.${key}` : key)
