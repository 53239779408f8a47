import { containerPrefix, placeholderSecret, type Probe } from './probe-pod.js'
import { pendingReasons, pullFailures } from './pod-verdict.js'
import { saidSeparator } from './scripts.js'
import { notTaken } from './verdict.js'

/** The files with which the script of Run Command polls events and the pods of a run's probes. */
export function pollTemplates(run: string, probes: readonly Probe[]): Record<string, string> {
  return { 'pulling.gotemplate': pullingTemplate, 'stand.gotemplate': standTemplate(run, probes) }
}

/** One line per event: the name of its pod, and its message, which names the image. */
const pullingTemplate = `{{range .items}}{{.involvedObject.name}} {{with .message}}{{.}}{{end}}{{"\\n"}}{{end}}`

/**
 * One line per pod: its probe, `pulled`, `waiting` or `failed`, the messages of its containers, and its name with those of the containers whose image is
 * pulled; `silent` if the node's status shows no work. It judges as `judgePull` does, and likewise counts only our own containers.
 */
function standTemplate(run: string, probes: readonly Probe[]): string {
  const failures = pullFailures.map(reason => `"${reason}"`).join(' ')
  const isPending = `or ${pendingReasons.map(reason => `(eq $reason "${reason}")`).join(' ')}`
  const isOurs = startsWith('.name', containerPrefix)
  const isOneOf = [...new Set(probes.flatMap(({ images }) => images.map(({ reference }) => reference)))]
    .map(reference => `(eq .image "${reference}") ${startsWith('.image', `${reference}@sha256:`)}`)
    .join(' ')
  const nodes = probes.map(({ index, node }) => `{{if eq $probe "${index}"}}{{$asked = "${node.name}"}}{{end}}`)
  return `{{range .items}}{{$probe := printf "%v" (index .metadata.labels "attach-acr/probe")}}{{$asked := ""}}${nodes.join('')}
{{- $node := ""}}{{with .spec}}{{with .nodeName}}{{$node = .}}{{end}}{{end}}{{$word := ""}}{{$said := ""}}{{$ended := "${notTaken}"}}{{$phase := ""}}{{$silent := "silent"}}
{{- if .status.phase}}{{$phase = .status.phase}}{{end}}{{if .status.reason}}{{$ended = printf "%s%s" $ended .status.reason}}{{end}}
{{- if .status.containerStatuses}}{{$silent = ""}}
{{- range .status.conditions}}{{if eq .type "PodReadyToStartContainers"}}{{if ne .status "True"}}{{$silent = "silent"}}{{end}}{{end}}{{end}}{{end}}
{{- range .status.containerStatuses}}{{if ${isOurs}}}
{{- if .imageID}}{{if eq $word ""}}{{$word = "pulled"}}{{end}}
{{- else}}{{$reason := ""}}
{{- if .state.waiting}}{{if .state.waiting.reason}}{{$reason = .state.waiting.reason}}{{end}}{{end}}
{{- if eq $reason ${failures}}}
{{- if ne $word "waiting"}}{{$word = "failed"}}{{end}}{{if .state.waiting.message}}{{if $said}}{{$said = printf "%s${saidSeparator}" $said}}{{end}}{{$said = printf "%s%s" $said .state.waiting.message}}{{end}}
{{- else if eq $phase "Failed"}}{{$word = "failed"}}{{$said = $ended}}
{{- else if ${isPending}}}{{$word = "waiting"}}{{$said = $silent}}
{{- else if ne $word "waiting"}}{{$word = "failed"}}
{{- end}}{{end}}{{end}}{{end}}
{{- if eq $word ""}}
{{- if eq $phase "Failed"}}{{$word = "failed"}}{{$said = $ended}}{{else}}{{$word = "waiting"}}{{$said = $silent}}{{end}}
{{- end}}
{{- if eq $word "failed"}}{{with .spec}}${changed(run, isOneOf)}{{end}}{{end}}
{{- if and $asked (ne $node $asked)}}{{$word = "failed"}}{{$said = "${notTaken}changed"}}{{end}}
{{- $probe}} {{$word}} {{printf "%q" $said}} {{.metadata.name}}
{{- range .status.containerStatuses}}{{if and .imageID ${isOurs}}},{{.name}}{{end}}{{end}}
{{end}}`
}

/** A failed pod that the cluster changed says only that, because another try would end in the same way (`findChange`). @param isOneOf the asked images */
function changed(run: string, isOneOf: string): string {
  const said = `{{$said = "${notTaken}changed"}}`
  return `{{range .containers}}{{if ${startsWith('.name', containerPrefix)}}}
{{- if ne .imagePullPolicy "Always"}}${said}{{end}}{{if not (or ${isOneOf})}}${said}{{end}}{{end}}{{end}}
{{- $own := ""}}{{range .imagePullSecrets}}{{if eq .name "${placeholderSecret(run)}"}}{{$own = .name}}{{end}}{{end}}
{{- if $own}}{{range .imagePullSecrets}}{{if ne .name $own}}${said}{{end}}{{end}}{{end}}`
}

const startsWith = (field: string, start: string): string => `(eq (printf "%.${start.length}s" ${field}) "${start}")`
