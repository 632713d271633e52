-- CreateTable
CREATE TABLE "webhook_state" (
    "id" INTEGER NOT NULL,
    "revision" BIGINT NOT NULL,
    "next_place" BIGINT NOT NULL,
    "watermarks" JSONB NOT NULL,
    "written_by" xid8,

    CONSTRAINT "webhook_state_pkey" PRIMARY KEY ("id")
);
