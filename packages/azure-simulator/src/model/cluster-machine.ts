/** What clusters need from the machine that runs the simulator. */
export interface ClusterMachine {
  /** PEM certificate authority of all API servers. */
  readonly certificate: string
  /** A client certificate with its key, PEM. */
  clientCertificate(name: string, organization: string): Promise<{ certificate: string; key: string }>
  /** Environment variables that route clients to the simulator from a network inside Azure. */
  environment(network: string): Record<string, string>
  /** Stops all background work. */
  readonly closing: AbortSignal
}
