import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/**
 * The status with which a server on this machine answers a GET, whatever certificate it shows: nothing
 * secret is sent. `unix:PATH` asks /healthz over a unix socket.
 */
export function probe(url: URL, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { rejectUnauthorized: false, signal })
        : url.protocol === 'unix:'
          ? httpRequest({ socketPath: url.pathname, path: '/healthz', signal })
          : httpRequest(url, { signal })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end()
  })
}
