import { bounded } from './scripts.js'
import { packedMark } from './workload-rows.js'

/**
 * Prints the rows of `workload-templates.ts` inside the cluster. Azure keeps 512 kB of a command's output, which are the rows of some thousand pods. So rows
 * that differ in the time alone are counted as one, the earliest (`uniq` prints the first of equal lines), and all are compressed where gzip and base64
 * are there. Everything variable is in files: for `pods` and `makers` the resources (`….types`), the selectors (`….fields`, `….labels`) and the template; and
 * `namespaces`, unless all are read.
 */
export const workloadScript = `set -u
LC_ALL=C
export LC_ALL
${bounded}
tab=$(printf '\\t')

# Reads one kind in a scope, which is given as kubectl's options.
list() {
  kind=$1
  shift
  if [ -s "$kind.fields" ]; then set -- "$@" --field-selector "$(cat "$kind.fields")"; fi
  if [ -s "$kind.labels" ]; then set -- "$@" --selector "$(cat "$kind.labels")"; fi
  bounded 120 get "$(cat "$kind.types")" "$@" --output "go-template-file=$kind.gotemplate" >>"$kind.rows" 2>>"$kind.said"
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
if packed=$(gzip -c rows 2>/dev/null | base64 2>/dev/null) && [ -n "$packed" ]; then
  printf '${packedMark}\\n%s\\n' "$packed"
else
  cat rows
fi
exit 0
`
