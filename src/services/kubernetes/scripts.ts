import { saidSeparator } from './cluster-text.js'
import { containerPrefix } from './probe-pod.js'
import { notTaken } from './verdict.js'

/*
 * What AKS Run Command runs inside the cluster. The scripts are constant: everything that varies is in files beside them, so that nothing is
 * ever interpolated into a shell. They ask for no more than a POSIX shell, grep, sed, cut, tr, sort, uniq, head, tail, date and kubectl.
 */

/**
 * Ends a call of kubectl after so many seconds. Its own --request-timeout does not end the pause that a `Retry-After` asks for, be it an hour
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
`

/**
 * Deletes pods of the run: all, or those that the end of a selector means. One request for all, because kubectl would send one each, five a second;
 * these only where the right to delete collections is missing. The path in `pods-path` ends with the selector, encoded.
 */
const remove = `remove() {
  more=$(printf '%s' "\${1:-}" | sed 's/,/%2C/g; s/ /%20/g; s|/|%2F|g; s/(/%28/g; s/)/%29/g')
  bounded 10 delete --raw "$(cat pods-path)$more" >/dev/null 2>said && return
  grep -q -i forbidden said || return 1
  bounded 60 delete pods --namespace "$(cat namespace)" --selector "$(cat selector)\${1:-}" --wait=false --ignore-not-found >/dev/null 2>said
}`

/**
 * Deletes the pods that the selector means. A file `wait` says that a command may be under way that makes such pods, or may still start within so many
 * seconds: then it looks until none has come for ten seconds, because one that tries again makes its next pods some seconds after it last looked. A
 * command ends when it finds its pods gone.
 */
const clear = `${remove}
clear_pods() {
  if [ ! -f wait ]; then
    remove
    return
  fi
  now=$(date +%s)
  until=$((now + $(cat wait)))
  limit=$((until + 20))
  quiet=0
  status=0
  while [ "$now" -lt "$limit" ] && { [ "$quiet" -lt 5 ] || [ "$now" -lt "$until" ]; }; do
    if pods=$(bounded 10 get pods --namespace "$(cat namespace)" --selector "$(cat selector)" --output name 2>said) && [ -z "$pods" ]; then
      quiet=$((quiet + 1))
      status=0
    else
      quiet=0
      remove
      status=$?
      if [ -n "$pods" ] && [ "$until" -gt 0 ]; then
        until=0
        limit=$((now + 20))
      fi
    fi
    sleep 2
    now=$(date +%s)
  done
  return "$status"
}`

/** Deletes the pods that the selector means; its exit code tells whether that went well. */
export const removeScript = `set -u
${bounded}
${clear}
clear_pods
end=$?
cat said
exit $end
`

/**
 * Tells whether one of the lines that `stand` prints of failed pods is final, by `rules`: see `scriptRules`. Each container's text is a line, then
 * each part of a text that joins what several credentials came to, without the last one where that is an anonymous refusal.
 */
export const judge = `final_among() {
  rest=$(printf '%s\\n' "$1" | sed -e 's/^[0-9]* failed "//; s/" [^" ]*$//; s/${saidSeparator}/\\
/g' | sed -e 's/, \\(rpc error: code = [A-Za-z]* desc = \\)\\{0,1\\}failed to pull and unpack image [^,]*failed to fetch anonymous token: [^,]*401 Unauthorized//g
s/, \\(\\(rpc error: code = [A-Za-z]* desc = \\)\\{0,1\\}failed to pull and unpack image \\)/\\
\\1/g' | sed -e 's/\\]$//')
  while read -r word pattern; do
    if [ "$word" = final ]; then
      if printf '%s\\n' "$rest" | grep -q -i -E -e "$pattern"; then return 0; fi
    else
      rest=$(printf '%s\\n' "$rest" | grep -v -i -E -e "$pattern")
    fi
  done <rules
  return 1
}`

/**
 * A round of probing: makes the pods of `probes/`, waits for their pulls and those of the `kept` ones of earlier rounds, and makes those again
 * whose refusal may pass (of the `scouts` alone, as long as none has pulled), until every image is pulled, one is refused for good, `tries` are
 * made, `seconds` are over, a node is silent for half a minute, pods that it has made pull for a minute, or they were deleted by someone else, as a
 * cancelled job does. Prints how often each pod was made (`attempt`), how the last ones stand, what those before them said (`heard`), why some could
 * not be made (`refusal`) and what could not be deleted (`left`). Pods that still pull are kept, all others deleted. Pods of commands before it that
 * are not its own are those of the selector in `before/`, and deleted first.
 */
export const roundScript = `set -u
${bounded}
namespace=$(cat namespace)
selector=$(cat selector)
end=$(($(date +%s) + $(cat seconds)))
tab=$(printf '\\t')
: >made
: >refusal
: >heard
: >pulling

${judge}
${clear}
trap remove EXIT
trap 'exit 1' HUP INT TERM

# Of a word (in, notin) and numbers of probes the end of a selector.
among() {
  printf ',attach-acr/probe %s (%s)' "$1" "$(printf '%s\\n' "$2" | tr '\\n' ',' | sed 's/,*$//')"
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

# The pods that pull: as long as they do, nothing else is heard of them.
listen() {
  bounded 10 get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,reason=Pulling \\
    --output go-template-file=pulling.gotemplate 2>/dev/null | grep -F "$(cat prefix)" >pulling
}

count_silent() {
  printf '%s\\n' "$stands" | grep '^[0-9]* waiting "silent' | grep -v -F -f pulling | grep -c .
}

# Not every shell's machine sleeps for a part of a second.
nap() {
  sleep 0.5 2>/dev/null || sleep 1
}

report_attempts() {
  sort made | uniq -c | sed "s/^ *\\([0-9]*\\) \\(.*\\)$/attempt$tab\\2$tab\\1$tab./"
  sed "s/^/refusal$tab/; s/$/$tab./" refusal
  tail -c 60000 heard | sed -n "s/^\\([0-9]*\\) failed \\(\\".*\\"\\) [^ ]*$/heard$tab\\1$tab\\2$tab./p"
}

if [ -d before ]; then (cd before && clear_pods); fi
if [ -f abandoned ]; then remove "$(among in "$(cat abandoned)")"; fi
pending=$(ls probes 2>/dev/null)
all=$(($(printf '%s\\n' "$pending" | grep -c .) + $(cat kept)))
tries=0
has_pulled=''
heard=$(date +%s)
while :; do
  set --
  for probe in $pending; do
    set -- "$@" --filename "probes/$probe"
  done
  if [ $# -gt 0 ]; then
    if bounded 60 create --namespace "$namespace" --validate=false "$@" >/dev/null 2>refusal; then
      # What it printed were warnings.
      : >refusal
    else
      # Some may have been made all the same: those go on.
      all=$(stand | grep -c '^[0-9]')
    fi
  fi
  if [ "$all" -eq 0 ]; then
    report_attempts
    exit 0
  fi
  for probe in $pending; do
    echo "\${probe%.json}" >>made
  done
  tries=$((tries + 1))
  began=$(date +%s)
  listened=$began
  while :; do
    stands=$(stand) || { printf '%s\\n' "$stands"; exit 1; }
    count=$(printf '%s\\n' "$stands" | grep -c .)
    waiting=$(printf '%s\\n' "$stands" | grep -c '^[0-9]* waiting')
    failed=$(printf '%s\\n' "$stands" | grep '^[0-9]* failed')
    now=$(date +%s)
    silent=$(count_silent)
    if [ "$silent" -gt 0 ] && [ "$now" -ge $((listened + 5)) ]; then
      listen
      listened=$now
      silent=$(count_silent)
    fi
    if [ "$silent" -eq 0 ]; then heard=$now; fi
    if [ "$count" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$now" -ge "$end" ]; then break; fi
    # Those that still pull do not keep the others from the next try.
    if [ -n "$failed" ] && [ "$now" -ge $((began + 3)) ]; then break; fi
    # A node that does nothing for so long may have to be replaced; what still pulls is kept.
    if [ "$now" -ge $((heard + 30)) ]; then break; fi
    # That pods pull for long is to be reported, once.
    if [ -s made ] && [ "$now" -ge $((began + 60)) ]; then break; fi
    nap
  done
  if [ "$count" -lt "$all" ] || [ -z "$failed" ] || [ -s refusal ]; then break; fi
  if [ "$now" -ge $((heard + 30)) ]; then break; fi
  # A try that could not be heard in time is none.
  if [ $((now + $(cat pause) + $(cat hearing))) -ge "$end" ] || [ "$tries" -ge "$(cat tries)" ]; then break; fi
  if printf '%s\\n' "$stands" | grep -q '^[0-9]* pulled'; then has_pulled=yes; fi
  if final_among "$failed"; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -d ' ' -f 1)
  if [ -z "$has_pulled" ]; then indexes=$(printf '%s\\n' "$indexes" | grep -x -F -f scouts); fi
  if [ -z "$indexes" ]; then break; fi
  sleep "$(cat pause)"
  # Whoever deletes a probe pod wants the round to end.
  if [ "$(stand | grep -c .)" -lt "$all" ]; then break; fi
  printf '%s\\n' "$failed" >>heard
  remove "$(among in "$indexes")" || remove "$(among in "$indexes")" || { cat said; exit 1; }
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
report_attempts
bounded 30 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=pods.gotemplate | head -c 400000
echo
bounded 10 get events --namespace "$namespace" --field-selector "$(cat events)" --sort-by .metadata.creationTimestamp \\
  --output go-template-file=events.gotemplate 2>/dev/null | grep -F "$(cat prefix)" | grep -v -F "$(cat unsaid)" | tail -c 90000
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

/** The template that prints the pods of events. */
export const pullingTemplate = `{{range .items}}{{.involvedObject.name}}{{"\\n"}}{{end}}`

/**
 * A line a pod: its probe, `pulled`, `waiting` or `failed`, what its containers said, and its name; `silent` of a node whose status shows no work.
 * The words are those of `judgePull`, and as there only the containers that are ours count.
 * @param pullFailures the states of a container that mean that its pull failed
 */
export function standTemplate(pullFailures: string[]): string {
  const failures = pullFailures.map(reason => `"${reason}"`).join(' ')
  const isOurs = `eq (printf "%.${containerPrefix.length}s" .name) "${containerPrefix}"`
  return `{{range .items}}{{$word := ""}}{{$said := ""}}{{$ended := "${notTaken}"}}{{$phase := ""}}{{$silent := "silent"}}
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
{{- else if or (eq $reason "") (eq $reason "ContainerCreating") (eq $reason "PodInitializing")}}{{$word = "waiting"}}{{$said = $silent}}
{{- else if ne $word "waiting"}}{{$word = "failed"}}
{{- end}}{{end}}{{end}}{{end}}
{{- if eq $word ""}}
{{- if eq $phase "Failed"}}{{$word = "failed"}}{{$said = $ended}}{{else}}{{$word = "waiting"}}{{$said = $silent}}{{end}}
{{- end}}
{{- index .metadata.labels "attach-acr/probe"}} {{$word}} {{printf "%q" $said}} {{.metadata.name}}
{{end}}`
}
