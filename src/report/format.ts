/** Seconds as `4.1 s` or, from a minute on, `1:05`. */
export function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds * 1000)
}

/** Milliseconds as `m:ss`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A GUID by its last four digits; the report has it whole. */
export function shortGuid(guid: string): string {
  return `…${guid.slice(-4)}`
}

/** `1 cluster`, `2 clusters`. */
export function plural(count: number, singular: string, pluralForm = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : pluralForm}`
}

/** Bytes as `71 MB`, in powers of ten as registries count. */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}
