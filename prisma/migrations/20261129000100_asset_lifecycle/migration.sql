-- CreateTable
CREATE TABLE "asset_lifecycle" (
    "asset_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "run_id" UUID,
    "is_retired" BOOLEAN NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_lifecycle_pkey" PRIMARY KEY ("asset_id","id")
);
