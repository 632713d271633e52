-- CreateTable
CREATE TABLE "asset_search" (
    "asset_id" UUID NOT NULL,
    "folded_key" TEXT COLLATE "C" NOT NULL,
    "folded_name" TEXT COLLATE "C" NOT NULL,
    "document" tsvector NOT NULL,
    "description_hash" BYTEA,

    CONSTRAINT "asset_search_pkey" PRIMARY KEY ("asset_id")
);
