import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Runs the command line and waits for its end. */
const simulator = (...command: string[]) => script('packages/azure-simulator/src/cli.ts', ...command)

function script(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const args = ['--import', 'tsx', ...words]
    execFile(process.execPath, args, { env: { ...process.env, SIMULATOR_LOG: '1' } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('npm run simulator', () => {
  it('runs a command in its environment, logs its requests and problems, and exits with its exit code', async () => {
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

  it("keeps az away from the user's own sign-in", async () => {
    const { stdout } = await simulator(
      'sh',
      '-c',
      'echo "$AZURE_CONFIG_DIR"; test -d "$AZURE_CONFIG_DIR" && echo is there',
    )
    const [folder = '', state] = stdout.split('\n')
    expect(state).toBe('is there')
    await expect(readdir(folder)).rejects.toThrow('ENOENT')
  })

  it('has an Owner with permission to run the commands that the action prints', async () => {
    const { stdout, stderr } = await simulator(
      'sh',
      '-c',
      `TOKEN=$(curl --silent --data grant_type=client_credentials --data client_id="$SIMULATOR_OWNER_ID" \
         --data client_secret="$SIMULATOR_OWNER_SECRET" --data scope=https://management.azure.com/.default \
         "https://login.microsoftonline.com/$AZURE_TENANT_ID/oauth2/v2.0/token" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
       curl --silent --header "Authorization: Bearer $TOKEN" \
         "https://management.azure.com/subscriptions/$AZURE_SUBSCRIPTION_ID/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"`,
    )
    const { value } = JSON.parse(stdout) as { value: { properties: { roleDefinitionId: string; scope: string } }[] }
    const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
    const held = value.map(({ properties: { roleDefinitionId, scope } }) => [
      roleDefinitionId.slice(-36),
      scope.split('/').length,
    ])
    // At the subscription, and thus for everything in it.
    expect(held, stderr).toContainEqual([owner, 3])
  })

  it('reports a missing command', async () => {
    const { code, stderr } = await simulator('no-such-command')
    expect(code).toBe(127)
    expect(stderr).toContain('no-such-command')
  })

  it('prints help', async () => {
    expect((await simulator('--help')).stdout).toContain('Usage: npm run simulator -- [--scenario FILE] [command…]')
  })
})

describe('npm run record', () => {
  it('records a command on its way to Azure, and npm run compare reads the recording', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recorded-'))
    try {
      const url = 'https://management.azure.com/metadata/endpoints?api-version=2022-09-01'
      const record = [process.execPath, '--import', 'tsx', 'packages/azure-simulator/scripts/record.ts', '--to', folder]
      const end = await simulator(...record, 'curl', '--silent', '--show-error', url)
      expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining('"resourceManager"') as string })
      expect(end.stderr).toContain(`record: 1 exchanges in ${folder}`)
      const [file = '', ...rest] = await readdir(folder)
      expect([file, ...rest]).toEqual(['0001_get_endpoints_200.json'])
      expect(JSON.parse(await readFile(join(folder, file), 'utf8'))).toMatchObject({ request: { method: 'GET', url } })
      expect(await script('packages/azure-simulator/scripts/compare.ts', folder)).toMatchObject({
        code: 0,
        stdout: 'The simulator answers all 1 exchanges as recorded.\n',
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it("exits with the command's exit code, and npm run compare requires a folder", async () => {
    const folder = join(tmpdir(), 'nothing-recorded')
    expect(
      await script(
        'packages/azure-simulator/scripts/record.ts',
        '--to',
        folder,
        process.execPath,
        '-e',
        'process.exit(7)',
      ),
    ).toMatchObject({
      code: 7,
    })
    await rm(folder, { recursive: true, force: true })
    expect(await script('packages/azure-simulator/scripts/compare.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Usage') as string,
    })
  })
})
