/**
 * Hosts that unmodified clients ask for on the side and do without: they are refused like any other that is not simulated, but noted in
 * `refusals` rather than as a problem. Each with what azure-cli 2.74 wants there.
 */
export const sideHosts: ReadonlyMap<string, string> = new Map([
  ['dc.services.visualstudio.com', 'telemetry (azure-cli-telemetry, unless core.collect_telemetry is off)'],
  ['raw.githubusercontent.com', 'the newest version, after a login (core/util.py `get_latest_from_github`)'],
  [
    'app.aladdin.microsoft.com',
    'examples to print under a wrong command (core/parser.py, core/command_recommender.py)',
  ],
  ['aka.ms', 'the index of extensions, under an unknown command (core/extension/dynamic_install.py)'],
])
