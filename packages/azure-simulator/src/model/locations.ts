/**
 * Regions with registries; national clouds come last (Azure-MG-Sub-Governance-Reporting #266 quotes the public cloud's
 * list).
 */
export const locations: readonly string[] = [
  ...['westus', 'eastus', 'southcentralus', 'westeurope', 'northeurope', 'uksouth', 'ukwest', 'australiaeast'],
  ...['australiasoutheast', 'centralindia', 'koreacentral', 'francecentral', 'southafricanorth', 'uaenorth'],
  ...['eastasia', 'japaneast', 'japanwest', 'southeastasia', 'southindia', 'brazilsouth', 'canadaeast'],
  ...['canadacentral', 'centralus', 'eastus2', 'northcentralus', 'westcentralus', 'westus2', 'switzerlandnorth'],
  ...['uaecentral', 'switzerlandwest', 'germanywestcentral', 'brazilsoutheast', 'norwayeast', 'koreasouth'],
  ...['westus3', 'swedencentral', 'polandcentral', 'italynorth', 'spaincentral', 'israelcentral', 'qatarcentral'],
  ...['usgovvirginia', 'usgovarizona', 'usgovtexas', 'chinanorth2', 'chinaeast2', 'chinanorth3', 'chinaeast3'],
]

/** A location as Azure stores it: `West Europe` is `westeurope`. */
export const normalizeLocation = (location: string): string => location.replaceAll(' ', '').toLowerCase()
