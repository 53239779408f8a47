/** Which Azure Policy a refusal names; empty where it does not. */
export interface NamedPolicy {
  /** The name that people gave the assignment, else that of the definition. */
  name: string
  /** Resource ID of the policy's assignment. */
  assignmentId: string
}

/**
 * Reads a `RequestDisallowedByPolicy`: `Policy identifiers: '[{"policyAssignment":{"name":"…","id":"…"},"policyDefinition":{…}}]'.`
 * (Azure/azure-powershell issue 14563).
 */
export function readPolicy(message: string): NamedPolicy {
  const [, name = ''] = /"policyAssignment":\s*\{\s*"name":\s*"([^"]*)"/.exec(message) ?? []
  // Only an ID that has the form of one may become part of a command.
  const [, assignmentId = ''] =
    /"id":\s*"(\/[\w./()-]*\/providers\/Microsoft\.Authorization\/policyAssignments\/[\w.-]+)"/i.exec(message) ?? []
  return { name, assignmentId }
}
