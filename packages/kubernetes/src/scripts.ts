/*
 * The scripts that AKS Run Command runs inside the cluster. They are constant: everything variable is in files next to them, so that nothing is
 * ever interpolated into a shell. They need only a POSIX shell, grep, sed, cut, tr, sort, uniq, head, tail, date and kubectl.
 */

/** Separates the messages of a pod's containers in one text. */
export const saidSeparator = ' || '

/**
 * Ends a kubectl call after a number of seconds. kubectl's own --request-timeout does not limit the pause of a `Retry-After`, which may be an hour
 * (measured with kubectl 1.32). The process that waits to end it holds none of the command's files, so that nothing waits for it.
 */
export const bounded = `bounded() {
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

/** Prints nodes and probe pods of all runs and, if it is allowed to, DaemonSets; these come last, because Azure cuts long outputs at the end. */
export const lookScript = `set -u
${bounded}
namespace=$(cat namespace)
bounded 30 get nodes --output go-template-file=nodes.gotemplate || exit 1
bounded 30 get pods --namespace "$namespace" --selector "$(cat selector)" --output go-template-file=pods.gotemplate || exit 1
if [ -f daemonsets.gotemplate ]; then
  bounded 30 get daemonsets --all-namespaces --output go-template-file=daemonsets.gotemplate 2>/dev/null
fi
exit 0
`

/**
 * Deletes the run's pods, or those that match an addition to the selector. It sends one request: kubectl would send one per pod, five a second, and
 * is only the fallback without the right to delete collections. The path in `pods-path` ends with the encoded selector.
 */
const remove = `remove() {
  more=$(printf '%s' "\${1:-}" | sed 's/,/%2C/g; s/ /%20/g; s|/|%2F|g; s/(/%28/g; s/)/%29/g')
  bounded 10 delete --raw "$(cat pods-path)$more" >/dev/null 2>said && return
  grep -q -i forbidden said || return 1
  bounded 60 delete pods --namespace "$(cat namespace)" --selector "$(cat selector)\${1:-}" --wait=false --ignore-not-found >/dev/null 2>said
}`

/**
 * Deletes the pods that match the selector. A file `wait` means that another command may be creating such pods, or may still start within so many
 * seconds: then it polls until none has appeared for ten seconds, because a command that retries creates its next pods some seconds after its last
 * poll. A command ends when it finds its pods gone.
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

/** Deletes the pods that match the selector; the exit code shows whether that succeeded. */
export const removeScript = `set -u
${bounded}
${clear}
clear_pods
end=$?
cat said
exit $end
`

/**
 * Checks whether one of the lines that `stand` prints for failed pods is final, by `rules`: see `scriptRules`. It puts each container's text on a
 * line, and each part of a text that joins the errors of several credentials, without the last one if that is an anonymous refusal. `waits` is then
 * set if all failures are of the kind that only time ends, and `walled` if one is a refusal by address that nothing ends.
 */
export const judge = `final_among() {
  waits=''
  walled=''
  others=''
  rest=$(printf '%s\\n' "$1" | sed -e 's/^[0-9]* failed "//; s/" [^" ]*$//; s/${saidSeparator}/\\
/g' | sed -e 's/, \\(rpc error: code = [A-Za-z]* desc = \\)\\{0,1\\}failed to pull and unpack image [^,]*failed to fetch anonymous token: [^,]*401 Unauthorized//g
s/, \\(\\(rpc error: code = [A-Za-z]* desc = \\)\\{0,1\\}failed to pull and unpack image \\)/\\
\\1/g' | sed -e 's/\\]$//')
  while read -r word pattern; do
    if printf '%s\\n' "$rest" | grep -q -i -E -e "$pattern"; then
      case $word in
        final) return 0 ;;
        wait) waits=yes ;;
        wall) walled=yes ;;
        *) others=yes ;;
      esac
      rest=$(printf '%s\\n' "$rest" | grep -v -i -E -e "$pattern")
    fi
  done <rules
  if [ -n "$others$walled$rest" ]; then waits=''; fi
  return 1
}`

/**
 * A round: creates the `fresh` pods of `probes/`, waits for their pulls and those of the `kept` pods of earlier rounds, and recreates pods whose refusal
 * may pass (only those of the `scouts` until one has pulled). It ends when every image is pulled, one is refused for good, `tries` attempts are made (not
 * counting those with a stale credential), a host that is walled has refused `walls` of them in a row, `seconds` are over, a node is silent for the
 * seconds in `patience`, its own pods have been pulling for a minute, or someone else deleted them, as a cancelled job does. A failed request starts the
 * silence anew: kubelets lose the API server, too. It prints how often each pod was created (`attempt`), the state of the last pods, the messages of
 * those before them (`heard`) and which of their images were pulled nevertheless (`pulled`), since how many seconds they have been pulling (`pulling`) or
 * silent (`silent`), why some could not be created (`refusal`), which ones it keeps because they still pulled (`kept`), and what could not be deleted
 * (`left`). All pods but the kept ones are deleted. It first deletes the pods of other commands, which the selector in `before/` matches.
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
: >began
: >broken

${judge}
${clear}
trap remove EXIT
trap 'exit 1' HUP INT TERM

# Prints an addition to the selector, from a word (in, notin) and indexes of probes.
among() {
  printf ',attach-acr/probe %s (%s)' "$1" "$(printf '%s\\n' "$2" | tr '\\n' ',' | sed 's/,*$//')"
}

# The API server may fail for a moment.
stand() {
  for try in 1 2 3 4 5; do
    bounded 10 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=stand.gotemplate 2>said && return
    echo "$try" >>broken
    sleep 2
  done
  cat said
  return 1
}

# Finds the pods that are pulling, and notes when: they report nothing else meanwhile.
listen() {
  bounded 10 get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,reason=Pulling \\
    --output go-template-file=pulling.gotemplate 2>/dev/null | grep -F "$(cat prefix)" >listed
  grep -v -x -F -f pulling listed | sed "s/^/$now /" >>began
  if [ -s listed ]; then mv listed pulling; fi
}

count_silent() {
  cut -d ' ' -f 1 pulling >names
  printf '%s\\n' "$stands" | grep '^[0-9]* waiting "silent' | grep -v -F -f names | grep -c .
}

# Not every sleep accepts fractions of a second.
nap() {
  sleep 0.5 2>/dev/null || sleep 1
}

report_attempts() {
  sort made | uniq -c | sed "s/^ *\\([0-9]*\\) \\(.*\\)$/attempt$tab\\2$tab\\1$tab./"
  sed "s/^/refusal$tab/; s/$/$tab./" refusal
  tail -c 60000 heard | sed -n "s/^\\([0-9]*\\) failed \\(\\".*\\"\\) [^ ]*$/heard$tab\\1$tab\\2$tab./p"
  sed -n "s/^\\([0-9]*\\) failed .* [^ ,]*,\\([^ ]*\\)$/pulled$tab\\1$tab\\2$tab./p" heard | sort -u
}

if [ -d before ]; then (cd before && clear_pods); fi
if [ -f abandoned ]; then remove "$(among in "$(cat abandoned)")"; fi
pending=$(cat fresh)
all=$(($(printf '%s\\n' "$pending" | grep -c .) + $(cat kept)))
tries=0
walls=0
has_pulled=''
heard=$(date +%s)
while :; do
  set --
  for probe in $pending; do
    set -- "$@" --filename "probes/$probe"
  done
  if [ $# -gt 0 ]; then
    if bounded 60 create --namespace "$namespace" --validate=false "$@" >/dev/null 2>refusal; then
      # It printed only warnings.
      : >refusal
    else
      # Some may have been created anyway: those continue.
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
    # What the nodes said before counts, even if the API server fails for longer.
    stands=$(stand) || { printf '%s\\n' "$stands" >refusal; report_attempts; exit 0; }
    count=$(printf '%s\\n' "$stands" | grep -c .)
    waiting=$(printf '%s\\n' "$stands" | grep -c '^[0-9]* waiting')
    failed=$(printf '%s\\n' "$stands" | grep '^[0-9]* failed')
    now=$(date +%s)
    silent=$(count_silent)
    if [ "$waiting" -gt 0 ] && [ "$now" -ge $((listened + 5)) ]; then
      listen
      listened=$now
      silent=$(count_silent)
    fi
    if [ "$silent" -eq 0 ] || [ -s broken ]; then
      heard=$now
      : >broken
    fi
    if [ "$count" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$now" -ge "$end" ]; then break; fi
    # Pods that still pull do not delay the next attempt of the others.
    if [ -n "$failed" ] && [ "$now" -ge $((began + 3)) ]; then break; fi
    # A silent node may have to be replaced; pods that still pull are kept.
    if [ "$now" -ge $((heard + $(cat patience))) ]; then break; fi
    # Long pulls must be reported, once.
    if [ -s made ] && [ "$now" -ge $((began + 60)) ]; then break; fi
    nap
  done
  if [ "$count" -lt "$all" ] || [ -z "$failed" ] || [ -s refusal ]; then break; fi
  if [ "$now" -ge $((heard + $(cat patience))) ]; then break; fi
  # Another attempt would not get a result in time.
  if [ $((now + $(cat pause) + $(cat hearing))) -ge "$end" ]; then break; fi
  if printf '%s\\n' "$stands" | grep -q '^[0-9]* pulled'; then has_pulled=yes; fi
  if final_among "$failed"; then break; fi
  # Attempts with a stale credential don't count: they say nothing about the role.
  if [ -n "$waits" ]; then tries=0; fi
  if [ "$tries" -ge "$(cat tries)" ]; then break; fi
  if [ -n "$walled" ]; then walls=$((walls + 1)); else walls=0; fi
  if [ "$walls" -ge "$(cat walls)" ]; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -d ' ' -f 1)
  if [ -z "$has_pulled" ]; then indexes=$(printf '%s\\n' "$indexes" | grep -x -F -f scouts); fi
  if [ -z "$indexes" ]; then break; fi
  sleep "$(cat pause)"
  # If someone deleted a probe pod, the round must end.
  if [ "$(stand | grep -c .)" -lt "$all" ]; then break; fi
  printf '%s\\n' "$failed" >>heard
  remove "$(among in "$indexes")" || remove "$(among in "$indexes")" || { cat said >refusal; report_attempts; exit 0; }
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
report_attempts
keep=$(printf '%s\\n' "$stands" | grep '^[0-9]* waiting' | cut -d ' ' -f 1)
printf '%s\\n' "$keep" | sed -n "s/^[0-9][0-9]*$/kept$tab&$tab./p"
now=$(date +%s)
printf 'silent\\t%s\\t.\\n' $((now - heard))
while read -r since pod said; do
  printf 'pulling\\t%s\\t%s\\t%s\\t.\\n' "$pod" $((now - since)) "$said"
done <began
bounded 30 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=pods.gotemplate | head -c 400000
echo
bounded 10 get events --namespace "$namespace" --field-selector "$(cat events)" --sort-by .metadata.creationTimestamp \\
  --output go-template-file=events.gotemplate 2>/dev/null | grep -F "$(cat prefix)" | grep -v -F "$(cat unsaid)" | tail -c 90000
if [ -f nodes.gotemplate ]; then bounded 30 get nodes --output go-template-file=nodes.gotemplate 2>/dev/null; fi
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
