/** The signed-in principal. */
export interface Caller {
  objectId: string
  /** As in `az role assignment create`. */
  type: 'ServicePrincipal' | 'User'
  name: string
}
