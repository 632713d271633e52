-- CreateTable
CREATE TABLE "asset_schema" (
    "asset_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "columns" JSONB NOT NULL,
    "stated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_schema_pkey" PRIMARY KEY ("asset_id","hash")
);
