-- CreateTable
CREATE TABLE "webhook_stale_asset" (
    "asset_id" UUID NOT NULL,

    CONSTRAINT "webhook_stale_asset_pkey" PRIMARY KEY ("asset_id")
);
