type Json = Record<string, unknown>

/** A page of a list, and the page whose link led to it. */
interface Page {
  url: string
  number: number
  previous?: Page
}

/**
 * Maximum number of pages of a list. A directory has up to 300,000 objects (learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions),
 * of which Microsoft Graph returns 100 per page by default (learn.microsoft.com/graph/paging); all other lists are shorter.
 */
export const maxPages = 5000

/**
 * Returns a function that is given each page that is read, and returns why its list has no end; undefined if it may have one. Without this, reading a
 * list would never end if its pages lead back to each other, or always to another one.
 */
export function createLinkCheck(): (url: string, body: Json) => string | undefined {
  /** The pages that links have led to, by URL. */
  const linked = new Map<string, Page>()
  return (url, body) => {
    const next = readLink(body)
    if (next === undefined) return undefined
    const page = linked.get(plainUrl(url)) ?? { url: plainUrl(url), number: 1 }
    if (isAtOrBefore(next, page)) return 'the list has no end: it leads back to a page that was read before'
    if (page.number >= maxPages) return `the list has no end: it has more than ${maxPages} pages`
    linked.set(next, { url: next, number: page.number + 1, previous: page })
    return undefined
  }
}

/** The link of Azure Resource Manager or Microsoft Graph to the next page. */
function readLink(body: Json): string | undefined {
  const next = body.nextLink ?? body['@odata.nextLink']
  return typeof next === 'string' && URL.canParse(next) ? plainUrl(next) : undefined
}

function isAtOrBefore(url: string, last: Page): boolean {
  for (let page: Page | undefined = last; page; page = page.previous) if (page.url === url) return true
  return false
}

/** A URL without the differences of spelling between Azure's links and the SDKs' requests. */
function plainUrl(url: string): string {
  const { host, pathname, searchParams } = new URL(url)
  return [host, pathname.replace(/^\/+/, '/').toLowerCase(), ...[...searchParams].map(String).sort()].join('\n')
}
