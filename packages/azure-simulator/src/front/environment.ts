// The environment variables that route a client through the simulator: proxy, certificates, and the day if it isn't the machine's.

/** The variables that Debian's faketime gives a program, and its time zone. */
const ofTheDay = [
  'LD_PRELOAD',
  'FAKETIME',
  'FAKETIME_DISABLE_SHM',
  'FAKETIME_DONT_FAKE_MONOTONIC',
  'NO_FAKE_STAT',
  'TZ',
]

/**
 * The variables with which a client shares the day of this process when faketime has started it; otherwise none. A program without libc, such as
 * one written in Go, keeps the machine's day anyway: certificates are valid on both.
 */
function sharedDay(): Record<string, string> {
  if (process.env.FAKETIME === undefined) return {}
  return Object.fromEntries(
    ofTheDay.flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

/** The variables that set the proxy, the trusted certificates, and the day. */
export function clientEnvironment(proxy: string, certificateFile: string): Record<string, string> {
  return {
    ...sharedDay(),
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: 'localhost,127.0.0.1',
    no_proxy: 'localhost,127.0.0.1',
    NODE_EXTRA_CA_CERTS: certificateFile,
    SSL_CERT_FILE: certificateFile,
    REQUESTS_CA_BUNDLE: certificateFile,
    CURL_CA_BUNDLE: certificateFile,
  }
}
