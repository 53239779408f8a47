// Builds manifests, indexes and layers of images.
import { createCipheriv, createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** A manifest or an index, as it is served. */
export interface StoredManifest {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
  /** The parsed bytes. */
  readonly content: ManifestContent
  readonly createdAt: number
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  /** The Windows build that the image requires. */
  readonly 'os.version'?: string
}

/** Parses `os/architecture[/variant][:os.version]`, such as `windows/amd64:10.0.20348.4171`. */
export function readPlatform(text: string): Platform {
  const [place = '', version] = text.split(':')
  const [os = 'linux', architecture = 'amd64', variant] = place.split('/')
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
  }
}

export interface Descriptor {
  readonly mediaType: string
  readonly size: number
  readonly digest: string
  readonly platform?: Platform
  readonly artifactType?: string
}

export interface ManifestContent {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

export type ManifestFormat = 'oci' | 'docker'

/** Media types of the OCI image specification, and of Docker's image manifest version 2 schema 2. */
export const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const

const emptyConfig = Buffer.from('{}')
const emptyType = 'application/vnd.oci.empty.v1+json'

export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export function storedManifest(content: ManifestContent): StoredManifest {
  const bytes = Buffer.from(JSON.stringify(content))
  return { digest: digestOf(bytes), mediaType: content.mediaType, bytes, content, createdAt: Date.now() }
}

/** The descriptor of a manifest in an index or a `subject`. */
export const descriptorOf = ({ mediaType, bytes, digest }: StoredManifest): Descriptor => ({
  mediaType,
  size: bytes.length,
  digest,
})

/** An image for one platform; the same seed makes the same bytes. */
export function buildImage(
  seed: string,
  options: {
    platform: string
    layers: number
    sizeBytes: number
    format: ManifestFormat
    user: string | undefined
    program: Buffer | undefined
  },
): { manifest: StoredManifest; blobs: Buffer[] } {
  const types = mediaTypes[options.format]
  const { os, architecture, ...more } = readPlatform(options.platform)
  const each = Math.floor(options.sizeBytes / Math.max(options.layers, 1))
  const { user, program } = options
  const noises = Array.from({ length: options.layers }, (_, index) =>
    tar(`layer-${String(index + 1)}`, noise(`${seed} ${options.platform} ${String(index)}`, each)),
  )
  const tars = program === undefined ? noises : [...noises, tar('program', program, 0o755)]
  // Noise doesn't compress; level 0 keeps large images fast.
  const layers = tars.map(content => gzipSync(content, { level: 0 }))
  const config = Buffer.from(
    JSON.stringify({
      created: '2026-01-01T00:00:00Z',
      architecture,
      os,
      ...more,
      config: {
        ...(user === undefined ? {} : { User: user }),
        ...(program === undefined ? {} : { Entrypoint: ['/program'] }),
        Labels: { 'org.opencontainers.image.title': seed },
      },
      rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    }),
  )
  const manifest = storedManifest({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: config.length, digest: digestOf(config) },
    layers: layers.map(layer => ({ mediaType: types.layer, size: layer.length, digest: digestOf(layer) })),
  })
  return { manifest, blobs: [config, ...layers] }
}

/** An artifact about an image: a signature, an attestation, a bill of materials. */
export function buildArtifact(
  artifactType: string,
  payload: string,
  subject?: Descriptor,
): { manifest: StoredManifest; blobs: Buffer[] } {
  const layer = Buffer.from(payload)
  const manifest = storedManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.oci.manifest,
    artifactType,
    config: { mediaType: emptyType, size: emptyConfig.length, digest: digestOf(emptyConfig) },
    layers: [{ mediaType: artifactType, size: layer.length, digest: digestOf(layer) }],
    ...(subject === undefined ? {} : { subject }),
  })
  return { manifest, blobs: [emptyConfig, layer] }
}

function noise(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** A tar archive of one file (POSIX ustar). */
function tar(name: string, content: Buffer, mode = 0o644): Buffer {
  const header = Buffer.alloc(512)
  const write = (text: string, offset: number): void => void header.write(text, offset, 'latin1')
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0') + '\0'
  write(name, 0)
  write(octal(mode, 7), 100)
  write(octal(0, 7), 108)
  write(octal(0, 7), 116)
  write(octal(content.length, 11), 124)
  write(octal(0, 11), 136)
  write(' '.repeat(8), 148)
  write('0', 156)
  write('ustar\0' + '00', 257)
  write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    ) + ' ',
    148,
  )
  const padding = (512 - (content.length % 512)) % 512
  return Buffer.concat([header, content, Buffer.alloc(padding + 1024)])
}

/** What a lock can forbid (learn.microsoft.com/azure/container-registry/container-registry-image-lock). */
export const lockable = ['read', 'write', 'delete', 'list'] as const
export type Lockable = (typeof lockable)[number]

/** The content of a repository. */
export interface Repository {
  readonly manifests: Map<string, StoredManifest>
  /** Maps a tag to its digest and times. */
  readonly tags: Map<string, { digest: string; createdAt: number; updatedAt: number }>
  /** What is locked against an operation: tags, digests, and the empty text for the whole repository. Each is locked by itself. */
  readonly locks: Readonly<Record<Lockable, Set<string>>>
  readonly blobs: Map<string, Buffer>
}

export const emptyRepository = (): Repository => ({
  manifests: new Map(),
  tags: new Map(),
  blobs: new Map(),
  locks: { read: new Set(), write: new Set(), delete: new Set(), list: new Set() },
})
