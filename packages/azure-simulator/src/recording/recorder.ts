import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { sharedCertificateAuthority } from '../front/certificates.js'
import { clientEnvironment } from '../front/environment.js'
import { createPassThrough, type RawExchange, type Upstream } from './pass-through.js'
import { sanitize } from './sanitize.js'
import type { Recording } from './shapes.js'

export interface Recorder {
  /** Environment variables that route any client through it. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Stops recording and writes one file per exchange into the folder, which is created.
   * @returns the number of files
   * @throws LeakError without writing anything
   */
  finish(folder: string): Promise<number>
}

/** Starts a recorder on a free port. It keeps everything in memory until it is finished. */
export async function startRecorder(upstream: Upstream, failed: (text: string) => void): Promise<Recorder> {
  const authority = await sharedCertificateAuthority()
  const exchanges: RawExchange[] = []
  const directory = await mkdtemp(join(tmpdir(), 'azure-recorder-'))
  const certificates = join(directory, 'ca.pem')
  // Some clients use this file instead of their own authorities, and some of their requests bypass the recorder.
  const others = upstream.ca === undefined ? [] : [String(upstream.ca)]
  await writeFile(certificates, [...rootCertificates, ...others, authority.certificate].join('\n'))
  const proxy = await createPassThrough({
    authority,
    upstream,
    record: exchange => void exchanges.push(exchange),
    failed,
  })
  // Plain HTTP is only used for an Azure machine's token endpoint, which no proxy can reach.
  const environment = Object.fromEntries(
    Object.entries(clientEnvironment(proxy.url, certificates)).filter(([name]) => name.toLowerCase() !== 'http_proxy'),
  )
  const startedAt = new Date()
  return {
    environment,
    async finish(folder) {
      await proxy.close()
      await rm(directory, { recursive: true, force: true })
      exchanges.sort((a, b) => a.atMs - b.atMs)
      const recordings = sanitize(exchanges, `npm run record, ${startedAt.toISOString().slice(0, 10)}`)
      await mkdir(folder, { recursive: true })
      for (const [index, recording] of recordings.entries())
        await writeFile(join(folder, fileName(index, recording)), `${JSON.stringify(recording, null, 2)}\n`)
      return recordings.length
    },
  }
}

/** `0007_put_roleassignments_201.json` */
function fileName(index: number, { request, response }: Recording): string {
  const { pathname } = new URL(request.url)
  const words = pathname.split('/').filter(segment => /^[a-z.$_]{3,}$/i.test(segment))
  const last = (words.at(-1) ?? 'root').toLowerCase().replace(/[^a-z]/g, '')
  return `${String(index + 1).padStart(4, '0')}_${request.method.toLowerCase()}_${last}_${String(response.status)}.json`
}

/** How this process itself reaches Azure: read from its environment variables. */
export async function upstreamOf(environment: NodeJS.ProcessEnv): Promise<Upstream> {
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy
  const file = environment.NODE_EXTRA_CA_CERTS
  return {
    proxy: proxy === '' ? undefined : proxy,
    ca: file === undefined || file === '' ? undefined : [...rootCertificates, await readFile(file, 'utf8')].join('\n'),
  }
}
