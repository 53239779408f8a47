import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { sharedCertificateAuthority } from '../front/certificates.js'
import { clientEnvironment } from '../front/environment.js'
import { createPassThrough, type RawExchange, type Upstream } from './pass-through.js'
import { sanitize } from './sanitize.js'
import type { Recording } from './shapes.js'

/** A running recorder. */
export interface Recorder {
  /** Variables that send any client through it. */
  readonly environment: Readonly<Record<string, string>>
  /** Stops it, and writes a file an exchange into the folder, which is made. @returns how many; @throws LeakError and writes nothing */
  finish(folder: string): Promise<number>
}

/** Starts a recorder on a free port. What it has heard is in memory only until it is finished. */
export async function startRecorder(upstream: Upstream, failed: (text: string) => void): Promise<Recorder> {
  const authority = await sharedCertificateAuthority()
  const exchanges: RawExchange[] = []
  const directory = await mkdtemp(join(tmpdir(), 'azure-recorder-'))
  const certificates = join(directory, 'ca.pem')
  // Some clients take this file in place of their own authorities, and not all that they ask goes through here.
  const others = upstream.ca === undefined ? [] : [String(upstream.ca)]
  await writeFile(certificates, [...rootCertificates, ...others, authority.certificate].join('\n'))
  const proxy = await createPassThrough({
    authority,
    upstream,
    record: exchange => void exchanges.push(exchange),
    failed,
  })
  // What is plain is the token endpoint of a machine of Azure, which no proxy reaches.
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

/** Where this process itself gets to Azure: by the variables that it was started with. */
export async function upstreamOf(environment: NodeJS.ProcessEnv): Promise<Upstream> {
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy
  const file = environment.NODE_EXTRA_CA_CERTS
  return {
    proxy: proxy === '' ? undefined : proxy,
    ca: file === undefined || file === '' ? undefined : [...rootCertificates, await readFile(file, 'utf8')].join('\n'),
  }
}
