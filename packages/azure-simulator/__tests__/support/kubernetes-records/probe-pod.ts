// The pods that were recorded: the probes of the action.

/** A probe's CPU limit: 10m in most cases, 500m in those whose name begins with `cpu500-` or `proto-`; 100m from 1.36 on, with more memory. */
export type CpuLimit = '10m' | '500m' | '100m'

const command = ['/attach-acr-only-pulls']
const neverRuns = { exec: { command }, periodSeconds: 60 }

/** A pod whose image is pulled and never run, as the action made it when the records were taken. */
export const probePod = (run: string, nodeName: string, image: string, cpu: CpuLimit): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: `attach-acr-probe-${run}-`,
    labels: { 'app.kubernetes.io/managed-by': 'attach-acr', 'attach-acr/run': run, 'attach-acr/probe': '0' },
  },
  spec: {
    nodeName,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'maintenance', operator: 'Exists', effect: 'NoExecute' }],
    imagePullSecrets: [{ name: `attach-acr-no-secret-${run}` }],
    restartPolicy: 'Never',
    activeDeadlineSeconds: 600,
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'image-0',
        image,
        imagePullPolicy: 'Always',
        command,
        securityContext: {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        resources: {
          requests: { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '1Mi' },
          limits: { cpu, memory: cpu === '100m' ? '64Mi' : '16Mi', 'ephemeral-storage': '16Mi' },
        },
        readinessProbe: neverRuns,
        livenessProbe: neverRuns,
      },
    ],
  },
})

/** A pod that runs an image, as it was made by hand before some cases. */
export const plainPod = (nodeName: string, image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'puller' },
  spec: { nodeName, restartPolicy: 'Never', containers: [{ name: 'c', image }] },
})
