// A program for images that real nodes start, without any tool chain.

/**
 * An ELF program without libraries (man 5 elf) that waits forever, or ends at once with 0 if it has an argument.
 * @param platform `linux/amd64` or `linux/arm64`
 */
export function idleProgram(platform: string): Buffer {
  const found = programs[platform]
  if (found === undefined) throw new Error(`there is no program for ${platform}`)
  const { machine, code } = found
  const address = 0x400000
  const start = 64 + 56
  const elf = Buffer.alloc(start + code.length)
  // Magic, 64 bits, little endian, version 1.
  elf.write('7f454c46020101', 'hex')
  elf.writeUInt16LE(2, 16) // executable
  elf.writeUInt16LE(machine, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeUInt32LE(address + start, 24) // entry point
  elf.writeUInt32LE(64, 32) // offset of the program headers
  elf.writeUInt16LE(64, 52) // sizes of this header and of a program header, and the number of these
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  // The only segment: the whole file, readable and executable.
  elf.writeUInt32LE(1, 64)
  elf.writeUInt32LE(5, 68)
  elf.writeUInt32LE(address, 80)
  elf.writeUInt32LE(address, 88)
  elf.writeUInt32LE(elf.length, 96)
  elf.writeUInt32LE(elf.length, 104)
  elf.writeUInt32LE(0x10000, 112)
  code.copy(elf, start)
  return elf
}

/** At the start, the stack begins with the number of arguments, the program's name included. */
const programs: Readonly<Record<string, { machine: number; code: Buffer }>> = {
  'linux/amd64': {
    machine: 62,
    code: Buffer.from(
      '833c2401' + // cmp dword [rsp], 1
        '7f09' + // jg to the exit
        'b822000000' +
        '0f05' +
        'ebf7' + // pause, again and again
        'b83c000000' +
        '31ff' +
        '0f05', // exit(0)
      'hex',
    ),
  },
  'linux/arm64': {
    machine: 183,
    code: words(
      0xf94003e0, // ldr x0, [sp]
      0xf100041f, // cmp x0, #1
      0x5400010c, // b.gt to the exit
      0xd2800000,
      0xd2800001,
      0xd2800002,
      0xd2800003,
      0xd2800928,
      0xd4000001, // ppoll(0, 0, 0, 0)
      0x17fffffa, // again
      0xd2800000,
      0xd2800ba8,
      0xd4000001, // exit(0)
    ),
  },
}

function words(...instructions: number[]): Buffer {
  const code = Buffer.alloc(instructions.length * 4)
  for (const [index, instruction] of instructions.entries()) code.writeUInt32LE(instruction, index * 4)
  return code
}
