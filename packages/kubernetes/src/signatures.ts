/** Query parameters of a shared access signature (learn.microsoft.com/rest/api/storageservices/create-service-sas), and of other clouds' signed URLs. */
const names =
  'sig|se|st|sp|sr|sv|spr|sip|ske|skt|sks|skv|skoid|sktid|saoid|scid|sigv|access_token|refresh_token|X-Amz-[\\w-]+|X-Goog-[\\w-]+'

/** An equals sign, also encoded any number of times, as in a URL that is a parameter of another. */
const equals = '(?:=|%(?:25)*3D)'

const signed = new RegExp(`(?:\\b|%3F|%26)(?:${names})${equals}`, 'i')

const url = /(\bhttps?:\/\/[^\s"'<>?]+)\?([^\s"'<>]*)/gi

/** The rest of a signed URL whose beginning was cut off or encoded. A value ends at the next parameter. */
const loose = new RegExp(
  `(?:[?&]|%(?:25)*(?:3F|26)|\\\\u0026|\\b)(?:${names})${equals}(?:(?!%(?:25)*26)[^\\s"'<>&\\\\])*`,
  'gi',
)

/**
 * Removes the signatures from the URLs in a text by a node, Kubernetes or a proxy: anyone with such a URL can read a layer of a private image. Until
 * January 2026, containerd printed them in errors of pulls (containerd/containerd#12801).
 */
export function withoutSignatures(text: string): string {
  return text
    .replace(url, (whole, address: string, query: string) => (signed.test(query) ? `${address}?…` : whole))
    .replace(loose, '')
}
