-- CreateTable
CREATE TABLE "openlineage_event" (
    "hash" BYTEA NOT NULL,
    "run_id" UUID,
    "event_time" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,

    CONSTRAINT "openlineage_event_pkey" PRIMARY KEY ("hash")
);
