-- CreateTable
CREATE TABLE "asset_name" (
    "id" UUID NOT NULL,
    "namespace" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "is_alias" BOOLEAN NOT NULL,
    "asset_id" UUID NOT NULL,
    "moved_by" xid8,

    CONSTRAINT "asset_name_pkey" PRIMARY KEY ("id")
);
