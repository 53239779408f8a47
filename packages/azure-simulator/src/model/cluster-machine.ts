/** What the insides of clusters need of the machine that the simulator runs on. */
export interface ClusterMachine {
  /** The certificate authority of all API servers, PEM. */
  readonly certificate: string
  /** A client certificate with its key, PEM. */
  clientCertificate(name: string, organization: string): Promise<{ certificate: string; key: string }>
  /** Variables that send clients to the simulator from a network inside of Azure. */
  environment(network: string): Record<string, string>
  /** Ends everything that goes on by itself. */
  readonly closing: AbortSignal
}
