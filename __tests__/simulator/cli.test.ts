import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** Runs the command line and waits for its end. */
function simulator(...command: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const args = ['--import', 'tsx', 'simulator/cli.ts', ...command]
    execFile(process.execPath, args, { env: { ...process.env, SIMULATOR_LOG: '1' } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('npm run simulator', () => {
  it('runs a command in its environment, logs its requests and problems, and ends with its exit code', async () => {
    const script = `
      const { request } = require('node:http')
      const { HTTPS_PROXY, AZURE_CLIENT_ID, ACTIONS_ID_TOKEN_REQUEST_URL } = process.env
      console.log(AZURE_CLIENT_ID.length, new URL(ACTIONS_ID_TOKEN_REQUEST_URL).hostname)
      const { hostname, port } = new URL(HTTPS_PROXY)
      request({ hostname, port, method: 'CONNECT', path: 'example.com:443' })
        .on('connect', (answer) => { process.exit(answer.statusCode === 403 ? 7 : 1) })
        .end()`
    const { code, stdout, stderr } = await simulator(process.execPath, '-e', script)
    expect({ code, stdout, stderr }).toEqual({
      code: 7,
      stdout: '36 pipelines.actions.githubusercontent.com\n',
      stderr: 'simulator: refused a connection to example.com:443\n',
    })
  })

  it('says when there is no such command', async () => {
    const { code, stderr } = await simulator('no-such-command')
    expect(code).toBe(127)
    expect(stderr).toContain('no-such-command')
  })

  it('helps', async () => {
    expect((await simulator('--help')).stdout).toContain('Usage: npm run simulator -- [command…]')
  })
})
