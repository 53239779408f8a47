/*
 * What AKS Run Command runs inside the cluster. The scripts are constant: everything that varies is in files beside them, so that nothing is
 * ever interpolated into a shell. They ask for no more than a POSIX shell, grep, sed, cut, tr, sort, uniq, head, tail, date and kubectl.
 */

/**
 * Ends a call of kubectl after so many seconds. Its own --request-timeout does not end the pause that a \`Retry-After\` asks for, be it an hour
 * (measured with kubectl 1.32). The one that waits to end it holds none of the command's files, so that nothing waits for it.
 */
const bounded = `bounded() {
  seconds=$1
  shift
  kubectl "$@" &
  child=$!
  (sleep "$seconds"; kill "$child") >/dev/null 2>&1 &
  guard=$!
  wait "$child"
  status=$?
  kill "$guard" 2>/dev/null
  if [ "$status" -gt 128 ]; then echo "kubectl timed out after $seconds s" >&2; fi
  return "$status"
}`

/** Prints nodes and probe pods of all runs. */
export const lookScript = `set -u
${bounded}
namespace=$(cat namespace)
bounded 30 get nodes --output go-template-file=nodes.gotemplate || exit 1
bounded 30 get pods --namespace "$namespace" --selector "$(cat selector)" --output go-template-file=pods.gotemplate || exit 1
echo
echo looked
`

/** Deletes the pods at the path in \`pods-path\`, or those that \`pods\` names; its exit code tells whether that went well. */
export const removeScript = `set -u
${bounded}
if [ -f pods-path ]; then
  # Several times, because a round may be about to make pods again; one that finds its pods gone ends.
  for second in 1 2 3 4; do
    bounded 10 delete --raw "$(cat pods-path)" >/dev/null
    end=$?
    sleep 1
  done
  exit $end
else
  bounded 30 delete --namespace "$(cat namespace)" --wait=false --ignore-not-found --filename pods
fi
`

/**
 * A round of probing: makes the pods of \`probes/\`, waits for their pulls and those of the \`kept\` ones of earlier rounds, and makes those again
 * whose refusal may pass (of the \`scouts\` alone, as long as none has pulled), until every image is pulled, one is refused for good, \`tries\` are made, \`seconds\` are over, one has pulled where
 * \`ends-at-first\` is there, or the pods were deleted by someone else, as a cancelled job does. Prints how often each pod was made (\`attempt\`), how
 * the last ones stand and what could not be deleted (\`left\`). Pods that still pull are kept, all others deleted.
 */
export const roundScript = `set -u
${bounded}
namespace=$(cat namespace)
selector=$(cat selector)
end=$(($(date +%s) + $(cat seconds)))
tab=$(printf '\\t')
: >made

# One request for all, because kubectl would send one each, five a second. The path ends with the encoded selector.
remove() {
  bounded 10 delete --raw "$(cat pods-path)\${1:-}" >/dev/null 2>said
}
trap remove EXIT
trap 'exit 1' HUP INT TERM

# Of a word (in, notin) and numbers of probes the end of an encoded selector.
among() {
  printf '%%2Cattach-acr%%2Fprobe%%20%s%%20%%28%s%%29' "$1" "$(printf '%s\\n' "$2" | tr '\\n' ',' | sed 's/,*$//')"
}

# The API server may fail for a moment.
stand() {
  for try in 1 2 3 4 5; do
    bounded 10 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=stand.gotemplate 2>said && return
    sleep 2
  done
  cat said
  return 1
}

report_attempts() {
  sort made | uniq -c | sed "s/^ *\\([0-9]*\\) \\(.*\\)$/attempt$tab\\2$tab\\1$tab./"
}

if [ -f unclean ]; then remove; fi
if [ -f abandoned ]; then remove "$(among in "$(cat abandoned)")"; fi
pending=$(ls probes 2>/dev/null)
all=$(($(printf '%s\\n' "$pending" | grep -c .) + $(cat kept)))
tries=0
has_pulled=''
while :; do
  set --
  for probe in $pending; do
    echo "\${probe%.json}" >>made
    set -- "$@" --filename "probes/$probe"
  done
  if [ $# -gt 0 ] && ! bounded 60 create --namespace "$namespace" --validate=false "$@" >/dev/null 2>refusal; then
    report_attempts
    sed "s/^/refusal$tab/; s/$/$tab./" refusal
    exit 0
  fi
  tries=$((tries + 1))
  began=$(date +%s)
  while :; do
    stands=$(stand) || { printf '%s\\n' "$stands"; exit 1; }
    count=$(printf '%s\\n' "$stands" | grep -c .)
    waiting=$(printf '%s\\n' "$stands" | grep -c '^[0-9]* waiting')
    failed=$(printf '%s\\n' "$stands" | grep '^[0-9]* failed')
    now=$(date +%s)
    if [ "$count" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$now" -ge "$end" ]; then break; fi
    # Those that still pull do not keep the others from the next try.
    if [ -n "$failed" ] && [ "$now" -ge $((began + 3)) ]; then break; fi
    # A node that does nothing for so long may have to be replaced; what still pulls is kept.
    if [ "$now" -ge $((began + 30)) ]; then break; fi
    sleep 1
  done
  if [ "$count" -lt "$all" ] || [ -z "$failed" ]; then break; fi
  if [ $((now + $(cat pause) + 2)) -ge "$end" ] || [ "$tries" -ge "$(cat tries)" ]; then break; fi
  if printf '%s\\n' "$stands" | grep -q '^[0-9]* pulled'; then has_pulled=yes; fi
  if [ -n "$has_pulled" ] && [ -f ends-at-first ]; then break; fi
  # What is final by one of its patterns and by none of those that come before it.
  if printf '%s\\n' "$failed" | grep -v -i -E -f recovering | grep -q -i -E -f final; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -d ' ' -f 1)
  if [ -z "$has_pulled" ]; then indexes=$(printf '%s\\n' "$indexes" | grep -x -F -f scouts); fi
  if [ -z "$indexes" ]; then break; fi
  sleep "$(cat pause)"
  # Whoever deletes a probe pod wants the round to end.
  if [ "$(stand | grep -c .)" -lt "$all" ]; then break; fi
  remove "$(among in "$indexes")" || remove "$(among in "$indexes")" || exit 1
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
report_attempts
bounded 30 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=pods.gotemplate | head -c 400000
echo
bounded 10 get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,type=Warning --output go-template-file=events.gotemplate 2>/dev/null |
  grep -F "$(cat prefix)" | tail -n 60
keep=$(printf '%s\\n' "$stands" | grep '^[0-9]* waiting' | cut -d ' ' -f 1)
ended=''
if [ -n "$keep" ]; then ended=$(among notin "$keep"); fi
for try in 1 2 3; do
  if remove "$ended"; then
    trap - EXIT
    exit 0
  fi
  sleep 2
done
sed "s/^/left$tab/; s/$/$tab./" said
exit 0
`

/**
 * A line a pod: its probe, \`pulled\`, \`waiting\` or \`failed\`, and what was said. The words are those of \`judgePull\`.
 * @param pullFailures the states of a container that mean that its pull failed
 */
export function standTemplate(pullFailures: string[]): string {
  const failures = pullFailures.map(reason => `"${reason}"`).join(' ')
  return `{{range .items}}{{$word := "pulled"}}{{$said := ""}}{{$ended := "not taken: "}}{{$phase := ""}}
{{- if .status.phase}}{{$phase = .status.phase}}{{end}}{{if .status.reason}}{{$ended = printf "%s%s" $ended .status.reason}}{{end}}
{{- if .status.containerStatuses}}{{range .status.containerStatuses}}
{{- if not .imageID}}{{$reason := ""}}
{{- if .state.waiting}}{{if .state.waiting.reason}}{{$reason = .state.waiting.reason}}{{end}}{{end}}
{{- if eq $reason ${failures}}}
{{- if ne $word "waiting"}}{{$word = "failed"}}{{end}}{{if .state.waiting.message}}{{$said = printf "%s %s" $said .state.waiting.message}}{{end}}
{{- else if eq $phase "Failed"}}{{$word = "failed"}}{{$said = $ended}}
{{- else if or (eq $reason "") (eq $reason "ContainerCreating") (eq $reason "PodInitializing")}}{{$word = "waiting"}}
{{- else if ne $word "waiting"}}{{$word = "failed"}}
{{- end}}{{end}}{{end}}
{{- else if eq $phase "Failed"}}{{$word = "failed"}}{{$said = $ended}}
{{- else}}{{$word = "waiting"}}{{end}}
{{- index .metadata.labels "attach-acr/probe"}} {{$word}} {{printf "%q" $said}}
{{end}}`
}
