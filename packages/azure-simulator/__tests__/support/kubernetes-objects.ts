import type { PodSpec } from '../../src/index.js'

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
  spec: PodSpec
}

/** The name of a node of pool `system`. */
export const systemNode = (index = 0): string => `aks-system-12345678-vmss00000${String(index)}`

/** A pod of one container. */
export const pod = (name: string, image: string, spec: Partial<PodSpec> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image }], ...spec },
})

/**
 * A pod that ends after its image is pulled, because no image has its command. It passes the restricted security
 * standard.
 */
export const probe = (name: string, image: string, nodeName: string, ...others: string[]): Manifest => ({
  ...pod(name, image, {
    nodeName,
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [image, ...others].map((each, index) => ({
      name: `image-${String(index)}`,
      image: each,
      imagePullPolicy: 'Always',
      command: ['/probe-does-not-exist'],
      resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })),
  }),
})

/** A deployment whose pods are labelled with its name. */
export const deployment = (name: string, image: string, replicas: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
  },
})
