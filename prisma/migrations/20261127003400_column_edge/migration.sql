-- CreateTable
CREATE TABLE "column_edge" (
    "asset_id" UUID NOT NULL,
    "column_name" TEXT COLLATE "C" NOT NULL,
    "upstream_id" UUID NOT NULL,
    "upstream_column" TEXT COLLATE "C" NOT NULL,
    "is_indirect" BOOLEAN NOT NULL,
    "transformations" TEXT COLLATE "C" NOT NULL,
    "stated_at" TIMESTAMPTZ(3) NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "column_edge_pkey" PRIMARY KEY ("asset_id","column_name","upstream_id","upstream_column","is_indirect")
);
