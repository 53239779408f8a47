/** Query parameters of a shared access signature (learn.microsoft.com/rest/api/storageservices/create-service-sas), and of other clouds' signed URLs. */
const signed = /\b(sig|se|st|sp|sr|sv|spr|sip|ske|skt|sks|skv|skoid|sktid|saoid|scid|sigv|X-Amz-[\w-]+|X-Goog-[\w-]+)=/i

const url = /(\bhttps?:\/\/[^\s"'<>?]+)\?([^\s"'<>]*)/gi

/** What is left of a signed URL whose beginning was cut off. */
const loose = /[?&]?\b(sig|se|st|sp|sr|sv|spr|sip|ske|skt|sks|skv|skoid|sktid|saoid)=[^\s"'<>&]*/gi

/**
 * Takes the signatures out of the URLs in a text that a node, Kubernetes or a proxy wrote: whoever has such a URL reads the layer of a private
 * image. containerd prints them in errors of pulls until January 2026 (containerd/containerd#12801).
 */
export function withoutSignatures(text: string): string {
  return text
    .replace(url, (whole, address: string, query: string) => (signed.test(query) ? `${address}?…` : whole))
    .replace(loose, '')
}
