// What a node needs to pull from the simulator's registries, as files.
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { keptCertificateAuthority } from 'azure-simulator/certificates'
import { authorityFolderOf, type Settings } from './settings.js'

/** The folder on a node. */
export const nodeFolder = '/etc/attach-acr-tests'

/** Where nodes get the nodes' files from, and the units that use them. */
const unit = (service: string): string => `/etc/systemd/system/${service}.service.d/20-attach-acr-tests.conf`

const provider = 'simulated-acr'

/**
 * Registries that nodes reach without the proxy, for the tests of their network. A node keeps a registry's credential for five minutes, so every test
 * takes another one.
 */
export const directRegistries = Array.from({ length: 100 }, (_, index) => `direct${index}`)

/** For Go's `NO_PROXY` (golang.org/x/net/http/httpproxy); data endpoints have the registry's name and region before this suffix. */
const direct = [...directRegistries.map(name => `${name}.azurecr.io`), '.data.azurecr.io'].join(',')

/** The kubelet's options for the credential provider, which no configuration file has (kubernetes.io/docs/reference/command-line-tools-reference/kubelet). */
export const kubeletOptions = [
  `--image-credential-provider-config=${nodeFolder}/credential-provider.yaml`,
  `--image-credential-provider-bin-dir=${nodeFolder}/bin`,
].join(' ')

/** Writes the files, and creates the certificate authority if there is none. @returns the folder with the files */
export async function writeNodeFiles(settings: Settings): Promise<string> {
  const folder = join(settings.folder, 'node')
  const proxy = proxyOf(settings)
  const authority = await keptCertificateAuthority(authorityFolderOf(settings))
  await mkdir(join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'ca.pem'), authority.certificate)
  const program = join(folder, 'bin', provider)
  const source = new URL('../credential-provider/simulated-acr', import.meta.resolve('azure-simulator'))
  await copyFile(fileURLToPath(source), program)
  await chmod(program, 0o755)
  await writeFile(join(folder, 'credential-provider.yaml'), stringify(providerConfig(proxy), { lineWidth: 0 }))
  await writeFile(
    join(folder, 'containerd.conf'),
    `[Service]\nEnvironment=HTTPS_PROXY=${proxy} NO_PROXY=${direct} SSL_CERT_FILE=${nodeFolder}/ca.pem\n`,
  )
  // kubeadm's unit passes this variable to the kubelet (kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration).
  await writeFile(
    join(folder, 'kubelet.conf'),
    `[Service]\nEnvironment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml ${kubeletOptions}"\n`,
  )
  await writeFile(join(settings.folder, 'kind.yaml'), stringify(kindConfig(folder), { aliasDuplicateObjects: false }))
  return folder
}

/** The simulator's URL from the nodes. */
export function proxyOf({ listen: { host, port } }: Settings): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** kubernetes.io/docs/reference/config-api/kubelet-config.v1/#kubelet-config-k8s-io-v1-CredentialProviderConfig */
function providerConfig(proxy: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1',
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name: provider,
        matchImages: ['*.azurecr.io'],
        defaultCacheDuration: '5m',
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        env: Object.entries({
          http_proxy: proxy,
          https_proxy: proxy,
          CURL_CA_BUNDLE: `${nodeFolder}/ca.pem`,
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        }).map(([name, value]) => ({ name, value })),
      },
    ],
  }
}

/**
 * A cluster of kind whose nodes have all of it from the start: one control plane and two workers, so that one of them can go. kind can pass options to
 * kubelets, but in another form from Kubernetes 1.36 on (kind, `pkg/cluster/internal/kubeadm/config.go`); the nodes' systemd reads files in all versions.
 */
function kindConfig(folder: string): object {
  const extraMounts = [
    { hostPath: folder, containerPath: nodeFolder, readOnly: true },
    { hostPath: join(folder, 'containerd.conf'), containerPath: unit('containerd'), readOnly: true },
    { hostPath: join(folder, 'kubelet.conf'), containerPath: unit('kubelet'), readOnly: true },
  ]
  return {
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    nodes: ['control-plane', 'worker', 'worker'].map(role => ({ role, extraMounts })),
  }
}

/** What to do with the files. */
export function describeNodeFiles(settings: Settings): string {
  const proxy = proxyOf(settings)
  return `The files for the nodes are in ${join(settings.folder, 'node')}. Every node needs:

  1. A way to this machine: ${proxy} must answer. The simulator listens there while the tests run.
  2. The folder, as ${nodeFolder}.
  3. A container runtime that trusts ca.pem and finds the registries, whose names end in .azurecr.io, through that proxy.
     With containerd as a systemd service: containerd.conf, as
     ${unit('containerd')}; then restart containerd.
  4. A kubelet with our credential provider, which needs sh, sed and curl on the node. Its options:
     ${kubeletOptions.replace(' ', '\n     ')}
     On nodes of kubeadm: kubelet.conf, as ${unit('kubelet')}; then restart
     the kubelet.

kind does all of it: kind create cluster --config ${join(settings.folder, 'kind.yaml')}
`
}
