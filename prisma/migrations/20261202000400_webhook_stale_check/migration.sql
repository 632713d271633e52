-- CreateTable
CREATE TABLE "webhook_stale_check" (
    "asset_id" UUID NOT NULL,
    "turn" BIGINT NOT NULL,
    "place" BIGINT NOT NULL,
    "is_done" BOOLEAN NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "after" UUID,

    CONSTRAINT "webhook_stale_check_pkey" PRIMARY KEY ("asset_id")
);
