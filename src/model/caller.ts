/** Who the action is signed in as. */
export interface Caller {
  objectId: string
  /** As `az role assignment create` wants it. */
  type: 'ServicePrincipal' | 'User'
  name: string
}
