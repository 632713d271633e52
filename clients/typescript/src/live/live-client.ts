import { Endpoint, type EndpointOptions, type RequestOptions } from '../http/endpoint.js'
import {
  CurrentWatermarkDocument,
  DagStatusChangedDocument,
  MaterializationRecordedDocument,
  type MaterializationRecordedSubscriptionVariables,
  StalenessChangedDocument,
  type StalenessChangedSubscriptionVariables,
} from '../operations.generated.js'
import type { TypedDocument } from '../typed-document.js'
import type { MaterializationEvent, NodeMaterializationStatus, StalenessEvent } from '../types.js'
import { resumed, type Source } from './resumed.js'
import { type SubscribeOptions, subscriptionBounds } from './subscribe-options.js'

/** What to be told of. `after`: a watermark, from which on none is missed and none comes twice; from now on by default. */
export type MaterializationRecordedArgs = MaterializationRecordedSubscriptionVariables & SubscribeOptions

/** Of which assets: all by default. */
export type StalenessChangedArgs = Omit<StalenessChangedSubscriptionVariables, 'withStale'> & SubscribeOptions

/** Of an operation of one's own. */
export interface OwnSubscriptionOptions<Data> extends SubscribeOptions {
  /** Of an answer: its variable `after` takes it, so that nothing is missed over a cut. Without, each connection begins anew. */
  watermarkOf?: ((data: Data) => string) | undefined
}

/**
 * Sends operations, and follows what changes. A subscription connects when it is first read, and goes on by itself after
 * a cut; where it cannot, it throws a SubscriptionEndedError, and the reason of its signal where that ends it.
 */
export class LiveClient {
  readonly #endpoint: Endpoint

  constructor(options: EndpointOptions = {}) {
    this.#endpoint = new Endpoint(options)
  }

  /** Where requests go. */
  get url(): URL {
    return this.#endpoint.url
  }

  /** Sends an operation of your own. */
  request<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data> {
    return this.#endpoint.request(document, variables, options)
  }

  /** Sends what must not be carried out twice: in one attempt. */
  protected requestOnce<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ): Promise<Data> {
    return this.#endpoint.once(document, variables, options)
  }

  /** Lets go of idle connections. The client can still be used. */
  close(): void {
    this.#endpoint.close()
  }

  /** Follows a subscription of your own. */
  subscribe<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    { watermarkOf, ...options }: OwnSubscriptionOptions<Data> = {},
  ): AsyncGenerator<Data, void, undefined> {
    const whole = (data: Data) => data
    return this.#follow({ document, variables, itemOf: whole, watermarkOf }, options)
  }

  /**
   * Everything that is recorded, in the order of its transactions: from `after` on none missed and none twice, over cuts,
   * restarts and several servers.
   */
  materializationRecorded({
    filter,
    assets,
    after,
    ...options
  }: MaterializationRecordedArgs = {}): AsyncGenerator<MaterializationEvent, void, undefined> {
    return this.#follow(
      {
        document: MaterializationRecordedDocument,
        variables: { filter, assets, after },
        itemOf: ({ materializationRecorded }) => materializationRecorded,
        watermarkOf: ({ watermark }) => watermark,
      },
      options,
    )
  }

  /** The whole status of a DAG run: at once, after each cut, and at each change. */
  dagStatusChanged(
    dagId: string,
    options: SubscribeOptions = {},
  ): AsyncGenerator<NodeMaterializationStatus[], void, undefined> {
    return this.#follow(
      {
        document: DagStatusChangedDocument,
        variables: { dagId },
        itemOf: ({ dagStatusChanged }) => dagStatusChanged,
      },
      options,
    )
  }

  /**
   * Whenever an asset becomes stale, or is not any more, and why. Begins with those that are stale, and so after each cut:
   * what has become fresh meanwhile is not among them.
   */
  stalenessChanged({
    assets,
    selection,
    scope,
    ...options
  }: StalenessChangedArgs = {}): AsyncGenerator<StalenessEvent, void, undefined> {
    return this.#follow(
      {
        document: StalenessChangedDocument,
        variables: { assets, selection, scope, withStale: true },
        itemOf: ({ stalenessChanged }) => stalenessChanged,
      },
      options,
    )
  }

  #follow<Data, Variables, Item>(
    { document, variables, itemOf, watermarkOf }: Followed<Data, Variables, Item>,
    { signal, onReconnect, ...bounds }: SubscribeOptions,
  ): AsyncGenerator<Item, void, undefined> {
    const endpoint = this.#endpoint
    const { silenceMs, giveUpAfterMs } = subscriptionBounds(bounds)
    const source: Source<Item> = {
      async *open(after, ended) {
        const asked = after === undefined ? variables : { ...variables, after }
        for await (const data of endpoint.stream(document, asked, { signal: ended, silenceMs }))
          yield data === null ? null : { item: itemOf(data) }
      },
      ...(watermarkOf === undefined
        ? {}
        : { watermarkOf, begin: (ended) => currentWatermark(endpoint, ended), after: afterIn(variables) }),
    }
    return resumed(source, { ...endpoint.retries, giveUpAfterMs, signal, onReconnect })
  }
}

/** What is followed, and what is given of each answer. */
interface Followed<Data, Variables, Item> {
  document: TypedDocument<Data, Variables>
  variables: Variables
  itemOf: (data: Data) => Item
  watermarkOf?: ((item: Item) => string) | undefined
}

function afterIn(variables: unknown): string | undefined {
  const after: unknown = Reflect.get(Object(variables), 'after')
  return typeof after === 'string' ? after : undefined
}

async function currentWatermark(endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  const { lineageOfSelection } = await endpoint.once(CurrentWatermarkDocument, {}, { signal })
  return lineageOfSelection.watermark
}
