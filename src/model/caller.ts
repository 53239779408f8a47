/** The signed-in principal. */
export interface Caller {
  objectId: string
  /** As in `az role assignment create`. */
  type: 'ServicePrincipal' | 'User'
  name: string
}

/** Names the caller in a sentence. An access token need not be readable, so the object ID can be unknown until Azure's refusal has it. */
export function describeCaller({ name, objectId }: Caller): string {
  return objectId ? `${name} (object ID ${objectId})` : name
}
