/*
 * What AKS Run Command runs inside the cluster. The scripts are constant: everything that varies is in files beside them, so that nothing is
 * ever interpolated into a shell. They ask for no more than a POSIX shell, grep, sed, cut, tr, sort, date and kubectl.
 */

/** Prints nodes and probe pods of all runs. */
export const lookScript = `set -u
namespace=$(cat namespace)
kubectl get nodes --output jsonpath="$(cat nodes.jsonpath)" || exit 1
kubectl get pods --namespace "$namespace" --selector "$(cat selector)" --output jsonpath="$(cat pods.jsonpath)" || exit 1
echo
echo looked
`

/** Deletes the pods at the path in \`pods-path\`, or those that \`pods\` names. */
export const removeScript = `set -u
if [ -f pods-path ]; then
  # Several times, for a round may be about to make pods again; one that finds its pods gone ends.
  for second in 1 2 3 4; do
    kubectl delete --raw "$(cat pods-path)" >/dev/null
    sleep 1
  done
else
  kubectl delete --namespace "$(cat namespace)" --wait=false --ignore-not-found --filename pods
fi
`

/**
 * A round of probing: makes the pods of \`probes/\`, waits for their pulls, and makes those again whose refusal may heal, until every image is
 * pulled, one is refused for good, \`seconds\` are over, or the pods were deleted by someone else, as a cancelled job does. Prints a line
 * \`attempt\` for each pod made and how the last ones stand, and deletes them.
 */
export const roundScript = `set -u
namespace=$(cat namespace)
selector=$(cat selector)
end=$(($(date +%s) + $(cat seconds)))
tab=$(printf '\\t')

# One request for all, for kubectl would send one each, five a second. The path ends with the encoded selector.
remove() {
  kubectl delete --raw "$(cat pods-path)\${1:-}" >/dev/null 2>&1
}
trap remove EXIT
trap 'exit 1' HUP INT TERM

stand() {
  kubectl get pods --namespace "$namespace" --selector "$selector" --output go-template-file=stand.gotemplate
}

pending=$(ls probes)
all=$(printf '%s\\n' "$pending" | grep -c .)
while :; do
  set --
  for probe in $pending; do
    echo "attempt$tab\${probe%.json}"
    set -- "$@" --filename "probes/$probe"
  done
  if ! kubectl create --namespace "$namespace" --validate=false "$@" >/dev/null 2>refusal; then
    sed "s/^/refusal$tab/" refusal
    exit 0
  fi
  while :; do
    stands=$(stand) || exit 1
    count=$(printf '%s\\n' "$stands" | grep -c .)
    waiting=$(printf '%s\\n' "$stands" | grep -c '^[0-9]* waiting')
    if [ "$count" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
    sleep 1
  done
  failed=$(printf '%s\\n' "$stands" | grep '^[0-9]* failed')
  if [ "$count" -lt "$all" ] || [ -z "$failed" ] || [ "$(($(date +%s) + 3))" -ge "$end" ]; then break; fi
  # What is final by one of its patterns and by none of those that come before it.
  if printf '%s\\n' "$failed" | grep -v -i -E -f healing | grep -q -i -E -f final; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -d ' ' -f 1)
  sleep 1
  # Whoever deletes a probe pod wants the round to end.
  if [ "$(stand | grep -c .)" -lt "$all" ]; then break; fi
  list=$(printf '%s\\n' "$indexes" | tr '\\n' ',' | sed 's/,$//')
  remove "%2Cattach-acr%2Fprobe%20in%20%28$list%29" || exit 1
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
kubectl get pods --namespace "$namespace" --selector "$selector" --output jsonpath="$(cat pods.jsonpath)"
kubectl get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,type=Warning --output jsonpath="$(cat events.jsonpath)" |
  grep -F "$(cat prefix)" | cut -c 1-2000 | tail -n 100
exit 0
`

/**
 * A line a pod: its probe, \`pulled\`, \`waiting\` or \`failed\`, and what was said. The words are those of \`judgePull\`.
 * @param pullFailures the states of a container that mean that its pull failed
 */
export function standTemplate(pullFailures: string[]): string {
  const failures = pullFailures.map(reason => `"${reason}"`).join(' ')
  return `{{range .items}}{{$word := "pulled"}}{{$said := ""}}
{{- if .status.containerStatuses}}{{range .status.containerStatuses}}
{{- if not (or .imageID .state.terminated .state.running)}}{{$reason := ""}}
{{- if .state.waiting}}{{if .state.waiting.reason}}{{$reason = .state.waiting.reason}}{{end}}{{end}}
{{- if or (eq $reason "") (eq $reason "ContainerCreating") (eq $reason "PodInitializing")}}{{$word = "waiting"}}
{{- else if eq $reason ${failures}}}
{{- if ne $word "waiting"}}{{$word = "failed"}}{{end}}{{if .state.waiting.message}}{{$said = printf "%s %s" $said .state.waiting.message}}{{end}}
{{- end}}{{end}}{{end}}
{{- else if eq .status.phase "Failed"}}{{$word = "failed"}}{{$said = "not taken: "}}{{if .status.reason}}{{$said = printf "%s%s" $said .status.reason}}{{end}}
{{- else}}{{$word = "waiting"}}{{end}}
{{- index .metadata.labels "attach-acr/probe"}} {{$word}} {{printf "%q" $said}}
{{end}}`
}
