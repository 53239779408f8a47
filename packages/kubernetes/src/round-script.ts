import { containerPrefix } from './probe-pod.js'
import { bounded, clear } from './scripts.js'

/** Decodes what patterns can match from the texts of rows, which are encoded as in a URL's query. */
const decode = [
  's/+/ /g',
  ...Array.from('"(),/:<>[]', char => `s|%${char.charCodeAt(0).toString(16).toUpperCase()}|${char}|g`),
].join(';')

/** Prints what the failures in the rows of pods mean for another attempt: `final`, `throttled` if all are, `firm` or nothing. Each text is a container's reason and message. */
export const weigh = `weigh() {
  printf '%s\\n' "$1" | cut -f 15 | tr ' ' '\\n' | sed -n 's/^${containerPrefix}[0-9]*||[a-z]*|//p' | tr '|' ' ' | sed '${decode}' >texts
  if grep -v -i -E -f passing texts | grep -q -i -E -f final; then
    echo final
  elif [ -s texts ] && ! grep -q -v -i -E -f throttled texts; then
    echo throttled
  elif grep -v -i -E -f stale texts | grep -q -i -E -f firm; then
    echo firm
  fi
}`

/**
 * A round: creates the `fresh` pods of `probes/`, waits for their pulls and those of the `kept` pods of earlier rounds, and recreates pods whose refusal
 * may pass (only those of the `scouts` until one has pulled). It ends when every image is pulled, one is refused for good or the cluster has changed a pod,
 * the registry throttles all the others, failures that nothing could end have been `tries` in a row, one has pulled for the seconds in `shown`, `seconds` are over, a node is silent for the seconds in `patience`, its own pods have been
 * pulling for a minute, or someone else deleted them, as a cancelled job does. A failed request starts the silence anew: kubelets lose the API server, too.
 * It tells pods and failures by the patterns of `round-rows.ts`, and judges nothing: it prints how often each pod was created (`attempt`), the rows of
 * the last pods and of those before them (`was`), since how many seconds they have been pulling (in `event`) or silent (`silent`), which images their nodes
 * had (`image`, `images`), why some could not be created or read (`refusal`), which ones it keeps because they still pulled (`kept`), and what could not be
 * deleted (`left`). All pods but the kept ones are deleted. It first deletes the pods of other commands, which the selector in `before/` matches.
 */
export const roundScript = `set -u
${bounded}
namespace=$(cat namespace)
selector=$(cat selector)
end=$(($(date +%s) + $(cat seconds)))
tab=$(printf '\\t')
for file in made refusal heard pulling began broken pods had held strays; do
  : >"$file"
done

${clear}
${weigh}
# Deletes the pods that have lost their labels.
remove_strays() {
  if [ ! -s strays ]; then return; fi
  bounded 60 delete pods --namespace "$namespace" $(cat strays) --wait=false --ignore-not-found >/dev/null 2>said
}

trap 'remove; remove_strays' EXIT
trap 'exit 1' HUP INT TERM

# Prints an addition to the selector, from a word (in, notin) and indexes of probes.
among() {
  printf ',attach-acr/probe %s (%s)' "$1" "$(printf '%s\\n' "$2" | tr '\\n' ',' | sed 's/,*$//')"
}

# Turns lines into rows of a kind.
rows() {
  sed "s/^/$1$tab/; s/$/$tab./"
}

count() {
  grep -c "^pod$tab" pods
}

list() {
  bounded 10 get pods --namespace "$namespace" --selector "$selector" --output go-template-file=pods.gotemplate >new 2>said || return
  if [ -s held ]; then
    cut -f 2 held >gone
    grep "^pod$tab" new | grep -v -F -f gone >rest
    (printf 'pods\\t%s\\t.\\n' "$(grep -c . rest)"; cat rest) >new
  fi
  mv new pods
}

# The API server may fail for a moment.
look() {
  for try in 1 2 3 4 5; do
    list && return
    echo "$try" >>broken
    sleep 2
  done
  return 1
}

# Finds the pods that are pulling, and notes when: they report nothing else meanwhile.
listen() {
  bounded 10 get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,reason=Pulling \\
    --output go-template-file=events.gotemplate 2>/dev/null | grep -F "$(cat prefix)" >listed
  grep -v -x -F -f pulling listed | sed "s/^/$now /" >>began
  if [ -s listed ]; then mv listed pulling; fi
}

count_silent() {
  cut -f 2 pulling >names
  grep -E -f waiting pods | grep -E -f silent | grep -c -v -F -f names
}

# Not every sleep accepts fractions of a second.
nap() {
  sleep 0.5 2>/dev/null || sleep 1
}

report() {
  sort made | uniq -c | sed "s/^ *\\([0-9]*\\) \\(.*\\)$/attempt$tab\\2$tab\\1$tab./"
  rows refusal <refusal
  rows stray <strays
  tail -c 60000 heard
}

# What the nodes said before counts, even if the API server fails for longer.
give_up() {
  mv said refusal
  report
  rows left <refusal
  head -c 400000 pods
  exit 0
}

# Prints the images that nodes had: those that were pulled, all of a node that still pulls, and those without a digest.
show_images() {
  cat pods heard | tr '%| ' '\\n\\n\\n' | grep '^3A[0-9a-f]\\{64\\}$' | sort -u >wanted
  if [ -n "$keep" ]; then grep -E -f waiting pods | cut -f 11 | sed "s/^/image$tab/; s/$/$tab/" >>wanted; fi
  grep "^image$tab" had | grep -v -F sha256
  grep -F -f wanted had
  grep "^images$tab" had
}

if [ -d before ]; then
  (cd before && clear_pods)
  cat before/held >>held 2>/dev/null
fi
if [ -f abandoned ]; then remove "$(among in "$(cat abandoned)")"; fi
if [ -f images.gotemplate ]; then bounded 30 get nodes --output go-template-file=images.gotemplate >had 2>/dev/null; fi
pending=$(cat fresh)
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
    bounded 60 create --namespace "$namespace" --validate=false --output go-template-file=made.gotemplate "$@" >created 2>refusal
    status=$?
    grep "^made$tab" created | grep -v -E -f labelled | cut -f 2 >>strays
    if [ "$status" -eq 0 ]; then
      # It printed only warnings.
      : >refusal
    else
      # Some may have been created anyway: those continue.
      look
      all=$(count)
    fi
  fi
  if [ "$all" -eq 0 ] && [ ! -s strays ]; then
    report
    exit 0
  fi
  for probe in $pending; do
    echo "\${probe%.json}" >>made
  done
  # More pods would be changed alike.
  if [ -s strays ]; then
    look || give_up
    break
  fi
  began=$(date +%s)
  listened=$began
  while :; do
    look || give_up
    waiting=$(grep -c -E -f waiting pods)
    failed=$(grep -E -f lacking pods | grep -v -E -f waiting)
    changed=$(grep "^pod$tab" pods | cut -f 3,11,12,14 | grep -v -E -f admitted)
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
    if [ "$(count)" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$now" -ge "$end" ]; then break; fi
    # Pods that still pull do not delay the next attempt of the others.
    if [ -n "$failed$changed" ] && [ "$now" -ge $((began + 3)) ]; then break; fi
    # A silent node may have to be replaced; pods that still pull are kept.
    if [ "$now" -ge $((heard + $(cat patience))) ]; then break; fi
    # Long pulls must be reported, once.
    if [ -s made ] && [ "$now" -ge $((began + 60)) ]; then break; fi
    nap
  done
  if [ "$(count)" -lt "$all" ] || [ -z "$failed" ] || [ -n "$changed" ] || [ -s refusal ]; then break; fi
  if [ "$now" -ge $((heard + $(cat patience))) ]; then break; fi
  # Another attempt would not get a result in time.
  if [ $((now + $(cat pause) + $(cat hearing))) -ge "$end" ]; then break; fi
  pause=$(cat pause)
  if grep "^pod$tab" pods | grep -q -v -E -f lacking; then
    # When one has pulled, the others need not wait.
    if [ -z "$has_pulled" ]; then
      pause=0
      has_pulled=$now
    fi
  fi
  # The kubelet rejected or ended the pod.
  if printf '%s\\n' "$failed" | cut -f 7 | grep -q -x Failed; then break; fi
  case $(weigh "$failed") in
    final | throttled) break ;;
    firm) tries=$((tries + 1)) ;;
    *) tries=0 ;;
  esac
  if [ "$tries" -ge "$(cat tries)" ]; then break; fi
  # The role is in effect, so the others may wait for nothing that comes.
  if [ -f shown ] && [ -n "$has_pulled" ] && [ "$now" -ge $((has_pulled + $(cat shown))) ]; then break; fi
  if [ -z "$has_pulled" ]; then failed=$(printf '%s\\n' "$failed" | grep -E -f scouts); fi
  if [ -z "$failed" ]; then break; fi
  sleep "$pause"
  look || give_up
  # If someone deleted a probe pod, the round must end.
  if [ "$(count)" -lt "$all" ]; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -f 3)
  remove "$(among in "$indexes")" || remove "$(among in "$indexes")" || give_up
  printf '%s\\n' "$failed" | sed 's/^pod/was/' >>heard
  : >pods
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
report
keep=$(grep -E -f waiting pods | cut -f 3)
# Pods may have ended since.
if [ -n "$keep" ]; then list; fi
head -c 400000 pods
echo
if [ -n "$keep" ]; then printf '%s\\n' "$keep" | rows kept; fi
now=$(date +%s)
printf 'silent\\t%s\\t.\\n' $((now - heard))
while read -r since event; do
  printf '%s%s\\t.\\n' "\${event%.}" $((now - since))
done <began
bounded 10 get events --namespace "$namespace" --field-selector "$(cat events)" --sort-by .metadata.creationTimestamp \\
  --output go-template-file=events.gotemplate 2>/dev/null | grep -F "$(cat prefix)" | tail -c 90000
if [ -f nodes.gotemplate ]; then bounded 30 get nodes --output go-template-file=nodes.gotemplate 2>/dev/null; fi
show_images | head -c 100000
if [ -f others.gotemplate ]; then
  bounded 30 get pods --namespace "$namespace" --selector "$(cat others)" --output go-template-file=others.gotemplate 2>/dev/null
fi
ended=''
if [ -n "$keep" ]; then ended=$(among notin "$keep"); fi
for try in 1 2 3; do
  if remove "$ended" && remove_strays; then
    trap - EXIT
    cat held
    exit 0
  fi
  sleep 2
done
cat held
rows left <said
exit 0
`
