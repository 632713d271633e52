/** Why a token does not count: for the log alone, never for who has shown it. */
export class Refused {
  constructor(
    /** Without anything of the token, e.g. `api token: expired`. */
    readonly why: string,
    /** Whose token it is, where that is certain. */
    readonly caller: string | null = null,
  ) {}
}
