-- CreateTable
CREATE TABLE "webhook_told_stale" (
    "asset_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,

    CONSTRAINT "webhook_told_stale_pkey" PRIMARY KEY ("asset_id","webhook_id")
);
