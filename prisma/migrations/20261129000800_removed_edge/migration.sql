-- CreateTable
CREATE TABLE "removed_edge" (
    "downstream_id" UUID NOT NULL,
    "upstream_id" UUID NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),

    CONSTRAINT "removed_edge_pkey" PRIMARY KEY ("downstream_id","upstream_id")
);
