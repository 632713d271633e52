-- CreateTable
CREATE TABLE "expected_asset" (
    "node_config_id" UUID NOT NULL,
    "asset_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "is_primary" BOOLEAN NOT NULL,
    "is_required" BOOLEAN NOT NULL,
    "metadata" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "expected_asset_pkey" PRIMARY KEY ("node_config_id","asset_id")
);
