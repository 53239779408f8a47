// @peculiar/x509's dependency injection needs the polyfill first.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { randomBytes, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'

export interface CertificateAuthority {
  /** The root certificate, PEM. */
  readonly certificate: string
  /** A server certificate for one host name or IP address, created on first use. */
  secureContext(host: string): Promise<SecureContext>
  /** A client certificate with its key, PEM. */
  clientCertificate(name: string, organization: string): Promise<{ certificate: string; key: string }>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000

/** How long machines can trust an authority that is kept in a folder, in days. */
const keptDays = 30

/**
 * How long other certificates are valid before and after their creation, in days: ten years. They end with the process, and a client whose clock
 * can't be set, because it is written in Go, must accept them while faketime gives the simulator another day.
 */
const throwAwayDays = 3650

let shared: Promise<CertificateAuthority> | undefined

/**
 * One certificate authority for all simulators of the process: creating certificates takes most of a simulator's
 * start-up time.
 */
export function sharedCertificateAuthority(): Promise<CertificateAuthority> {
  return (shared ??= createCertificateAuthority())
}

/**
 * The certificate authority in a folder (`ca.pem` and `ca.key`), so that other machines can trust simulators before they
 * start. It is created if there is none, and replaced two days before it expires.
 */
export async function keptCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  const [certificateFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')]
  const kept = await Promise.all([certificateFile, keyFile].map(file => readFile(file, 'utf8'))).catch(() => undefined)
  if (kept !== undefined) {
    const [certificate = '', key = ''] = kept
    const root = new X509Certificate(certificate)
    if (root.notAfter.getTime() > Date.now() + 2 * dayMs) return issuerOf(root, await importKeys(root, key))
  }
  const keys = await newKeys()
  const root = await createRoot(keys, keptDays)
  await mkdir(folder, { recursive: true })
  await writeFile(keyFile, await exportKey(keys.privateKey), { mode: 0o600 })
  await writeFile(certificateFile, root.toString('pem'))
  return issuerOf(root, keys)
}

/** Creates a throw-away certificate authority. */
async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const keys = await newKeys()
  return issuerOf(await createRoot(keys, throwAwayDays), keys)
}

const validFor = (days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - days * dayMs),
  notAfter: new Date(Date.now() + days * dayMs),
})

async function createRoot(keys: webcrypto.CryptoKeyPair, days: number): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    ...validFor(days),
    serialNumber: newSerialNumber(),
    name: 'CN=Azure in a box, O=Simulator',
    signingAlgorithm: algorithm,
    keys,
    // Python's strict verification (VERIFY_X509_STRICT) requires all of these.
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
}

/** Issues certificates. */
function issuerOf(root: X509Certificate, keys: webcrypto.CryptoKeyPair): CertificateAuthority {
  const validity = validFor(throwAwayDays)
  const certificate = root.toString('pem')
  const contexts = new Map<string, Promise<SecureContext>>()

  const issue = async (host: string): Promise<SecureContext> => {
    const leafKeys = await newKeys()
    const leaf = await X509CertificateGenerator.create({
      ...validity,
      serialNumber: newSerialNumber(),
      subject: `CN=${host.slice(0, 64)}`,
      issuer: root.subject,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]),
        await SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    return createSecureContext({ key: await exportKey(leafKeys.privateKey), cert: leaf.toString('pem') })
  }

  return {
    certificate,
    async clientCertificate(name, organization) {
      const clientKeys = await newKeys()
      const leaf = await X509CertificateGenerator.create({
        ...validity,
        serialNumber: newSerialNumber(),
        subject: `CN=${name}, O=${organization}`,
        issuer: root.subject,
        publicKey: clientKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        ],
      })
      return { certificate: leaf.toString('pem'), key: await exportKey(clientKeys.privateKey) }
    },
    secureContext(host) {
      let context = contexts.get(host)
      if (context === undefined) {
        context = issue(host)
        contexts.set(host, context)
      }
      return context
    },
  }
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

/** The key pair of a kept authority. */
async function importKeys(root: X509Certificate, key: string): Promise<webcrypto.CryptoKeyPair> {
  const [der = new ArrayBuffer(0)] = PemConverter.decode(key)
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', root.publicKey.rawData, algorithm, true, ['verify']),
  }
}

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

/** A positive 16-byte serial number, hexadecimal. */
const newSerialNumber = (): string => '01' + randomBytes(15).toString('hex')
