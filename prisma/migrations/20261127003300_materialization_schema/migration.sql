-- CreateTable
CREATE TABLE "materialization_schema" (
    "asset_id" UUID NOT NULL,
    "materialization_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "materialization_schema_pkey" PRIMARY KEY ("asset_id","materialization_id")
);
