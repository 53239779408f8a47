/** Query parameters of a shared access signature (learn.microsoft.com/rest/api/storageservices/create-service-sas), and of other clouds' signed URLs. */
const names =
  'sig|se|st|sp|sr|sv|spr|sip|ske|skt|sks|skv|skoid|sktid|saoid|scid|sigv|access_token|refresh_token|X-Amz-[\\w-]+|X-Goog-[\\w-]+'

/** An equals sign, also encoded once or more, as in a URL that is a parameter of another. */
const equals = '(?:=|%(?:25)*3D)'

const signed = new RegExp(`(?:\\b|%3F|%26)(?:${names})${equals}`, 'i')

const url = /(\bhttps?:\/\/[^\s"'<>?]+)\?([^\s"'<>]*)/gi

/** What is left of a signed URL whose beginning was cut off or encoded; a value ends with the next parameter. */
const loose = new RegExp(
  `(?:[?&]|%(?:25)*(?:3F|26)|\\\\u0026|\\b)(?:${names})${equals}(?:(?!%(?:25)*26)[^\\s"'<>&\\\\])*`,
  'gi',
)

/**
 * Takes the signatures out of the URLs in a text that a node, Kubernetes or a proxy wrote: whoever has such a URL reads the layer of a private
 * image. containerd prints them in errors of pulls until January 2026 (containerd/containerd#12801).
 */
export function withoutSignatures(text: string): string {
  return text
    .replace(url, (whole, address: string, query: string) => (signed.test(query) ? `${address}?…` : whole))
    .replace(loose, '')
}
