// A mutating webhook of a real cluster, in this process.
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { sharedCertificateAuthority } from 'azure-simulator/certificates'
import { testLabel } from '../../scripts/kubernetes/real-cluster.js'
import { readSettings } from '../../scripts/kubernetes/settings.js'
import type { RealScenario } from './real-cluster.js'

/** A change of a pod (RFC 6902). */
interface Change {
  op: 'add' | 'replace'
  path: string
  value: unknown
}

/** Has the API server change each new pod of the scenario's namespace while `work` runs, through a webhook with a throw-away certificate authority. */
export async function whileChanged<T>(
  scenario: RealScenario,
  changes: readonly Change[],
  work: () => Promise<T>,
): Promise<T> {
  const { cluster, namespace } = scenario
  const { host } = readSettings().listen
  const authority = await sharedCertificateAuthority()
  const secureContext = await authority.secureContext(host)
  const reviews = createHttpServer((request, response) => {
    void text(request).then(body => {
      const { request: review } = JSON.parse(body) as { request: { uid: string } }
      const patch = Buffer.from(JSON.stringify(changes)).toString('base64')
      response
        .setHeader('content-type', 'application/json')
        .end(
          JSON.stringify({
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            response: { uid: review.uid, allowed: true, patchType: 'JSONPatch', patch },
          }),
        )
    })
  })
  // An HTTPS server takes its context from the server name, which an address has not.
  const server = createServer(socket => {
    reviews.emit(
      'connection',
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy()),
    )
  })
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const kind = 'MutatingWebhookConfiguration'
  try {
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: namespace, labels: { [testLabel]: 'true' } },
      webhooks: [
        {
          name: 'changes.attach-acr.example',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: {
            url: `https://${host}:${port}/`,
            caBundle: Buffer.from(authority.certificate).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      ],
    })
    return await work()
  } finally {
    await cluster.kubectl(['delete', kind, namespace])
    reviews.closeAllConnections()
    server.close()
  }
}
