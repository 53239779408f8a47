import type { Scenario, StepEnd } from './scenario.js'

/** Registries of contoso's resource group, contosoacr first. */
export function addRegistries({ group, registry }: Scenario, count: number) {
  return [registry, ...Array.from({ length: count - 1 }, (_, index) => group.addRegistry(`teamacr${index}`))]
}

export function grantAt(scope: string, { world, cluster }: Scenario) {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
}

/** Names of the registries and resource groups whose assignments were listed. */
export function listed({ requests }: StepEnd): string[] {
  return requests.flatMap(({ method, path }) => {
    const [, name = ''] = /\/([^/]+)\/providers\/Microsoft\.Authorization\/roleAssignments$/i.exec(path) ?? []
    return method === 'GET' && name ? [name] : []
  })
}
