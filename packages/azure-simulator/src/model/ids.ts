// GUIDs and resource IDs in Azure's format.
import { randomUUID } from 'node:crypto'

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A random GUID in Azure's format. */
export const newGuid = (): string => randomUUID()

export const isGuid = (text: string): boolean => guidPattern.test(text)

/** The 32-digit form in some of Azure Resource Manager's messages. */
export const withoutDashes = (guid: string): string => guid.replaceAll('-', '')

/** Azure compares IDs and names case-insensitively. */
export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The last segment of a path, such as a resource's name or a role definition's GUID. */
export const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** Azure Resource Manager's timestamps have seven decimals. */
export const armTimestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '0000Z')
