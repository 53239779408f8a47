import type { Inputs } from 'run-model'
import { getting, tab, text, type Read } from './cluster-text.js'
import { labels as probeLabels } from './probe-pod.js'

/*
 * How a cluster's workloads are read: with these resources, selectors and templates, by kubectl on the runner and inside the cluster alike. Never
 * the whole object: no environment, no secret and no annotation gets into a log.
 */

/** What makes pods, by the names that `kubectl get` takes. docs/workload-reader.yaml grants reading these, pods, and namespaces. */
const makerResources = [
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'cronjobs.batch',
  'jobs.batch',
]

/** Finished pods are not even sent: pods can be selected by their phase, other resources only by name and namespace (kubernetes.io "Field Selectors"). */
const unfinished = ['status.phase!=Succeeded', 'status.phase!=Failed']

/** How long one of the reads may take, in milliseconds: page by page, each with its own limit; kubectl asks for 500 objects at a time (its `--chunk-size`). */
const lookingMs = 120_000

/**
 * Reads pods and what makes them, in all namespaces or in each named one, and which of these exist. One exists in each cluster, to show that they were read:
 * not everyone has permission.
 */
export function workloadReads(choice: NonNullable<Inputs['workloads']>): Read[] {
  const names = choice.kind === 'all' ? [] : choice.names
  const scopes = choice.kind === 'all' ? [['--all-namespaces']] : names.map(name => ['--namespace', name])
  const except = choice.kind === 'all' ? choice.except.map(name => `metadata.namespace!=${name}`) : []
  const list = (what: string, template: string, fields: string[], ...more: string[]): Read => {
    const selecting = fields.length > 0 ? ['--field-selector', fields.join(',')] : []
    return { words: getting(what, template, ...selecting, ...more), limitMs: lookingMs, isCounted: true }
  }
  const reads = scopes.flatMap(scope => [
    // Probe pods of this step, or of another one, are no workload.
    list('pods', podsTemplate, [...unfinished, ...except], '--selector', `!${probeLabels.probe}`, ...scope),
    list(makerResources.join(','), makersTemplate, except, ...scope),
  ])
  const words = ['get', 'namespaces', 'kube-system', ...names, '--ignore-not-found', '--output', 'name']
  return names.length === 0 ? reads : [...reads, { words, isOptional: true }]
}

/**
 * A row: when its pod started, `~` if it has not, and behind a space the kind of the row and its fields. Rows that differ in the time alone are counted as
 * one; see `readScript`.
 */
const line = (time: string, kind: string, ...fields: string[]): string =>
  `${time} ${[kind, ...fields].join(tab)}${tab}.{{"\\n"}}`

const items = (kind: string, rows: string): string =>
  `${line('~', kind, '{{with .items}}{{len .}}{{else}}0{{end}}')}{{range .items}}${rows}{{end}}`

const optional = (field: string): string => `{{with ${field}}}{{urlquery .}}{{end}}`

/** The variables $api, $kind and $owner: the controller of an object, else its first owner; unchanged if it has none. */
const findOwner =
  '{{with .metadata.ownerReferences}}{{$first := index . 0}}{{$api = $first.apiVersion}}{{$kind = $first.kind}}{{$owner = $first.name}}' +
  '{{range .}}{{if .controller}}{{$api = .apiVersion}}{{$kind = .kind}}{{$owner = .name}}{{end}}{{end}}{{end}}'

/** Whether each start asks the registry for the image. */
const always = (policy: string): string => `{{with ${policy}}}{{if eq . "Always"}}|a{{end}}{{end}}`

/** The images of a pod's specification, with the names of containers and volumes. */
const imagesOf = `{{define "images"}}${[
  ...['containers', 'initContainers', 'ephemeralContainers'].map(
    list => `{{range .${list}}}c|${text('.name')}|${text('.image')}${always('.imagePullPolicy')} {{end}}`,
  ),
  `{{range .volumes}}{{$volume := .name}}{{with .image}}{{if .reference}}v|{{urlquery $volume}}|${text('.reference')}${always('.pullPolicy')} {{end}}{{end}}{{end}}`,
].join('')}{{end}}`

const requirements = (list: string, mark: string): string =>
  `{{range .${list}}}${mark}|{{urlquery .key}}|{{urlquery .operator}}{{range .values}}|{{urlquery .}}{{end}} {{end}}`

/** Where the pods of a specification can run; begins with `-`, so that no constraint isn't taken for unknown ones. */
const constraintsOf =
  '{{define "constraints"}}- {{range $key, $value := .nodeSelector}}n|{{urlquery $key}}|{{urlquery $value}} {{end}}' +
  `{{range .tolerations}}t|${['.key', '.operator', '.value', '.effect'].map(optional).join('|')} {{end}}` +
  '{{with .affinity}}{{with .nodeAffinity}}{{with .requiredDuringSchedulingIgnoredDuringExecution}}{{range .nodeSelectorTerms}}a ' +
  `${requirements('matchExpressions', 'l')}${requirements('matchFields', 'f')}{{end}}{{end}}{{end}}{{end}}` +
  `{{with .os}}{{with .name}}o|{{urlquery .}} {{end}}{{end}}{{end}}`

/** The state of a pod's images: image volumes have theirs where they are mounted (Kubernetes 1.35, feature gate ImageVolumeWithDigest). */
const imageIds =
  '{{with .status}}' +
  ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .map(
      list =>
        `{{range .${list}}}{{if .imageID}}c|${text('.name')}|${text('.imageID')} {{end}}` +
        '{{range .volumeMounts}}{{$mount := .name}}{{with .imageRef}}v|{{urlquery $mount}}|{{urlquery .}} {{end}}' +
        '{{with .volumeStatus}}{{with .image}}{{with .imageRef}}v|{{urlquery $mount}}|{{urlquery .}} {{end}}{{end}}{{end}}{{end}}{{end}}',
    )
    .join('') +
  '{{end}}'

/**
 * Pods by their owner. Those of Kubernetes' own controllers have no constraints here: their makers have, and those of a daemon set would each name another
 * node.
 */
const podsTemplate =
  imagesOf +
  constraintsOf +
  items(
    'pods',
    '{{$time := "~"}}{{$phase := ""}}{{with .status}}{{with .phase}}{{$phase = .}}{{end}}' +
      '{{if .startTime}}{{if eq $phase "Running"}}{{$time = .startTime}}{{end}}{{end}}{{end}}' +
      `{{$api := ""}}{{$kind := "Pod"}}{{$owner := .metadata.name}}${findOwner}` +
      // The owner of a static pod's mirror is its node (Kubernetes `pkg/kubelet/pod/mirror_client.go`).
      '{{if and (eq $api "v1") (eq $kind "Node")}}{{$api = ""}}{{$kind = "Pod"}}{{$owner = .metadata.name}}{{end}}' +
      `{{if .metadata.deletionTimestamp}}${line('~', 'leaving')}{{else}}` +
      line(
        '{{$time}}',
        'pod',
        '{{.metadata.namespace}}',
        '{{urlquery $api}}',
        '{{urlquery $kind}}',
        '{{urlquery $owner}}',
        '{{urlquery $phase}}',
        optional('.spec.serviceAccountName'),
        '{{if or (eq $api "apps/v1") (eq $api "batch/v1")}}{{else}}{{template "constraints" .spec}}{{end}}',
        '{{template "images" .spec}}',
        imageIds,
      ) +
      '{{end}}',
  )

const makerOf = (...fields: string[]): string =>
  line(
    '~',
    'maker',
    '{{.metadata.namespace}}',
    '{{.kind}}',
    '{{urlquery .metadata.name}}',
    '{{urlquery $api}}',
    '{{urlquery $kind}}',
    '{{urlquery $owner}}',
    ...fields,
  )

/** With the template of its pods as dot. */
const templateFields = (path: string): string[] => [
  `{{with ${path}}}${optional('.serviceAccountName')}{{end}}`,
  `{{with ${path}}}{{template "constraints" .}}{{with .nodeName}}h|{{urlquery .}} {{end}}{{end}}`,
  `{{with ${path}}}{{template "images" .}}{{end}}`,
]

/**
 * What makes pods. What makes none is only counted: scaled to zero, or a job that has ended. A replica set of a deployment names its owner alone, because
 * the deployment names the template.
 */
const makersTemplate =
  imagesOf +
  constraintsOf +
  items(
    'makers',
    `{{$api := ""}}{{$kind := ""}}{{$owner := ""}}${findOwner}{{$makes := "yes"}}` +
      '{{if eq .kind "Deployment" "StatefulSet"}}{{if not .spec.replicas}}{{$makes = ""}}{{end}}{{end}}' +
      '{{if eq .kind "ReplicaSet"}}{{if .spec.replicas}}{{if and (eq $api "apps/v1") (eq $kind "Deployment")}}{{$makes = "link"}}{{end}}' +
      '{{else if .status.replicas}}{{$makes = "link"}}{{else}}{{$makes = ""}}{{end}}{{end}}' +
      '{{if eq .kind "Job"}}{{range .status.conditions}}{{if eq .type "Complete" "Failed"}}{{if eq .status "True"}}{{$makes = ""}}{{end}}{{end}}{{end}}{{end}}' +
      `{{if eq $makes ""}}${line('~', 'idle')}` +
      `{{else if eq $makes "link"}}${makerOf('', '', '')}` +
      `{{else if eq .kind "CronJob"}}${makerOf(...templateFields('.spec.jobTemplate.spec.template.spec'))}` +
      `{{else}}${makerOf(...templateFields('.spec.template.spec'))}{{end}}`,
  )
