import { packedMark } from './cluster-text.js'

/*
 * The scripts that AKS Run Command runs inside the cluster. They are constant: everything variable is in files next to them, so that nothing is
 * ever interpolated into a shell. They need only a POSIX shell, grep, sed, cut, tr, sort, uniq, head, tail, date and kubectl.
 */

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

/** Prints the file `rows`, compressed where gzip and base64 are there: Azure keeps 512 kB of a command's output. */
const pack = `pack() {
  if packed=$(gzip -c rows 2>/dev/null | base64 2>/dev/null) && [ -n "$packed" ]; then
    printf '${packedMark}\\n%s\\n' "$packed"
  else
    cat rows
  fi
}`

/** Prints nodes and probe pods of all runs and, if it is allowed to, DaemonSets; these come last, because Azure cuts long outputs at the end. */
export const lookScript = `set -u
${bounded}
${pack}
namespace=$(cat namespace)
bounded 30 get nodes --output go-template-file=nodes.gotemplate >rows || exit 1
bounded 30 get pods --namespace "$namespace" --selector "$(cat selector)" --output go-template-file=pods.gotemplate >>rows || exit 1
if [ -f daemonsets.gotemplate ]; then
  bounded 30 get daemonsets --all-namespaces --output go-template-file=daemonsets.gotemplate >>rows 2>/dev/null
fi
pack
exit 0
`

/** Sends the questions of the file `reviews`, one a line, and prints the answers in the same way. */
export const reviewScript = `set -u
${bounded}
while read -r review; do
  printf '%s' "$review" >review.json
  bounded 20 create --raw "$(cat path)" --filename review.json || exit 1
  echo
done <reviews
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
export const clear = `${remove}
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
 * Prints the rows of `workload-templates.ts` inside the cluster. Azure keeps 512 kB of a command's output, which are the rows of some thousand pods. So rows
 * that differ in the time alone are counted as one, the earliest (`uniq` prints the first of equal lines), and all are compressed where gzip and base64
 * are there. Everything variable is in files: for `pods` and `makers` the words of `kubectl get` and the template; and `namespaces`, unless all are read.
 */
export const workloadScript = `set -u
LC_ALL=C
export LC_ALL
${bounded}
${pack}
tab=$(printf '\\t')

# Reads one kind in a scope, which is given as kubectl's options.
list() {
  kind=$1
  shift
  while read -r word; do set -- "$@" "$word"; done <"$kind.words"
  bounded 120 get "$@" --output "go-template-file=$kind.gotemplate" >>"$kind.rows" 2>>"$kind.said"
}

list_all() {
  if [ ! -f namespaces ]; then
    list "$1" --all-namespaces
    return
  fi
  while read -r namespace; do
    list "$1" --namespace "$namespace" || return 1
  done <namespaces
}

list_all pods &
pods=$!
list_all makers &
makers=$!
wait "$pods"
pods_status=$?
wait "$makers"
makers_status=$?
if [ "$pods_status" -ne 0 ] || [ "$makers_status" -ne 0 ]; then
  cat pods.said makers.said
  exit 1
fi

sort -t ' ' -k 2 -k 1,1 pods.rows makers.rows | uniq -c -f 1 >rows
if [ -f namespaces ]; then
  while read -r namespace; do
    if grep -q -e " pod$tab$namespace$tab" -e " maker$tab$namespace$tab" rows; then continue; fi
    # Without the right to read it, nothing is known about it.
    if found=$(bounded 20 get namespace "$namespace" --ignore-not-found --output name 2>/dev/null) && [ -z "$found" ]; then
      printf '~ absent\\t%s\\t.\\n' "$namespace" >>rows
    fi
  done <namespaces
fi
pack
exit 0
`
