/**
 * Variables with which the first connections to a host fail with an error of the operating system. They start the step with code that stands for the
 * runner's network: only a real one has no route or no name server.
 */
export function breakNetwork(host: string, code: string, times: number): Record<string, string> {
  const script = `
    import { Socket } from 'node:net'
    const { write } = Socket.prototype
    let left = ${times}
    Socket.prototype.write = function (chunk, ...others) {
      if (!String(chunk).startsWith('CONNECT ${host}:') || left <= 0) return write.call(this, chunk, ...others)
      left -= 1
      this.destroy(Object.assign(new Error('connect ${code}'), { code: '${code}', syscall: 'connect' }))
      return false
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}
