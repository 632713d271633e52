import { CommandError } from './command-error.js'

/** What the server answered instead of data. */
export class ServerError extends CommandError {
  constructor(
    message: string,
    /** `extensions.code`; undefined where something in front of the server answered. */
    readonly code: string | undefined,
    /** The argument at fault, e.g. `inputs[3].assets[0].key`. */
    readonly field: string | undefined,
    /** Of the HTTP answer. */
    readonly status: number,
  ) {
    super(message)
    this.name = 'ServerError'
  }
}
