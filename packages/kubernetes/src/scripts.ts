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
  if [ "$status" -gt 128 ]; then echo "kubectl $1 timed out after $seconds s" >&2; fi
  return "$status"
}`

/**
 * Runs the calls in `calls/` and prints what they print. The first one that fails ends it, unless it is `optional`. The rows of a `counted` call begin with a
 * time and a space: those that differ in it alone are printed once, with their number and the earliest time (`uniq` prints the first of equal lines).
 */
export const readScript = `set -u
LC_ALL=C
export LC_ALL
${bounded}
: >rows
for call in calls/*; do
  set --
  while IFS= read -r word; do set -- "$@" "$word"; done <"$call/words"
  if [ -f "$call/input" ]; then set -- "$@" --filename "$call/input"; fi
  if bounded "$(cat "$call/seconds")" "$@" >printed 2>said; then
    if [ -f "$call/counted" ]; then sort -t ' ' -k 2 -k 1,1 printed | uniq -c -f 1 >>rows; else cat printed >>rows; fi
    echo >>rows
  elif [ ! -f "$call/optional" ]; then
    cat said
    exit 1
  fi
done
# Azure keeps 512 kB of a command's output.
if packed=$(gzip -c rows 2>/dev/null | base64 2>/dev/null) && [ -n "$packed" ]; then
  printf '${packedMark}\\n%s\\n' "$packed"
else
  cat rows
fi
`

/**
 * Deletes the run's pods, or those that match an addition to the selector. It sends one request: kubectl would send one per pod, five a second, and
 * is only the fallback without the right to delete collections. The path in `pods-path` ends with the encoded selector. Pods that the answer has with
 * finalizers are rows of `held`.
 */
const remove = `remove() {
  more=$(printf '%s' "\${1:-}" | sed 's/,/%2C/g; s/ /%20/g; s|/|%2F|g; s/(/%28/g; s/)/%29/g')
  if bounded "$(cat deleting)" delete --raw "$(cat pods-path)$more" >answer 2>said; then
    sed 's/"metadata":{"name":"/\\
&/g' answer | sed -n 's/^"metadata":{"name":"\\([^"]*\\)".*"finalizers":\\["\\([^]]*\\)"\\].*/held\t\\1\t\\2\t./p' >>held
    return 0
  fi
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
: >held
clear_pods
end=$?
if [ "$end" -eq 0 ]; then cat held; else cat said; fi
exit $end
`
