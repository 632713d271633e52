import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

const EXAMPLES = `# Headwater: record what a pipeline made, then walk where it came from.
# Choose an operation beside the run button. Ctrl-Space completes; the book icon opens the documentation.

mutation Record {
  recordMaterializations(
    input: {
      jobId: "extract-42"
      dagId: "invoices-2026-03-01"
      assets: [{ key: "extract/claims", version: "v1", sizeBytes: 2048 }]
      upstream: [{ key: "ocr/text" }, { key: "classify/document_type" }]
    }
  ) {
    materializations {
      id
      version
    }
    duplicate
    watermark
  }
}

query WhereDidItComeFrom {
  lineage(root: { key: "extract/claims" }, direction: UPSTREAM) {
    nodes {
      asset {
        key
        kind
      }
      distance
      hiddenDownstream
    }
    edges {
      upstream {
        key
      }
      downstream {
        key
      }
      lastSeenAt
    }
    completeness {
      complete
      stoppedBy
      nextCursor
    }
  }
}

query WhatElseDidItTouch {
  asset(key: "ocr/text") {
    latestMaterialization {
      version
      jobId
      materializedAt
    }
    downstream {
      totalCount
      nodes {
        key
        downstream {
          nodes {
            key
          }
        }
      }
    }
  }
}

query WhatWasItMadeFrom {
  asset(key: "extract/claims") {
    materializations(first: 3) {
      nodes {
        version
        materializedAt
        inputs {
          asset {
            key
          }
          version
          resolution
        }
      }
    }
  }
}

query IsItStale {
  asset(key: "extract/claims") {
    staleness {
      status
      rootCauses {
        upstream {
          key
        }
        usedVersion
        latestVersion
      }
    }
    freshness {
      status
      ageSeconds
    }
    impact {
      transitiveConsumers
      advice
    }
  }
}
`

/** GraphiQL as one page that needs nothing from any other host. */
export const GRAPHIQL_PAGE = renderGraphiQL({
  title: 'Headwater GraphiQL',
  endpoint: '/graphql',
  defaultQuery: EXAMPLES,
})
