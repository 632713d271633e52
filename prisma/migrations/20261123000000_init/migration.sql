-- Substring search on asset keys. A trusted extension since PostgreSQL 13: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";

-- CreateTable
CREATE TABLE "asset" (
    "id" UUID NOT NULL,
    "namespace" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "sort_key" TEXT COLLATE "C" NOT NULL,
    "tags" JSONB NOT NULL DEFAULT '{}',
    "owners" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "asset_state" (
    "asset_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "kind_at" TIMESTAMPTZ(3),
    "kinds" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "kinds_at" TIMESTAMPTZ(3),
    "description" TEXT,
    "description_at" TIMESTAMPTZ(3),
    "latest_id" UUID,
    "latest_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_state_pkey" PRIMARY KEY ("asset_id")
);

-- CreateTable
CREATE TABLE "materialization" (
    "asset_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "version" TEXT,
    "job_id" TEXT NOT NULL,
    "dag_id" TEXT,
    "node_task_id" TEXT,
    "partition_key" TEXT,
    "storage_event_id" BIGINT,
    "size_bytes" BIGINT,
    "checksum" TEXT,
    "uri" TEXT,
    "code_version" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "materialized_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "materialization_pkey" PRIMARY KEY ("asset_id","id")
);

-- CreateTable
CREATE TABLE "materialization_input" (
    "asset_id" UUID NOT NULL,
    "materialization_id" UUID NOT NULL,
    "upstream_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "version" TEXT,
    "partition_key" TEXT,
    "materialized_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "materialization_input_pkey" PRIMARY KEY ("asset_id","materialization_id","upstream_id","position")
);

-- CreateTable
CREATE TABLE "latest_materialization" (
    "asset_id" UUID NOT NULL,
    "partition_key" TEXT NOT NULL,
    "materialization_id" UUID NOT NULL,
    "materialized_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "latest_materialization_pkey" PRIMARY KEY ("asset_id","partition_key")
);

-- CreateTable
CREATE TABLE "lineage_edge" (
    "downstream_id" UUID NOT NULL,
    "upstream_id" UUID NOT NULL,

    CONSTRAINT "lineage_edge_pkey" PRIMARY KEY ("downstream_id","upstream_id")
);

-- CreateTable
CREATE TABLE "lineage_edge_stats" (
    "downstream_id" UUID NOT NULL,
    "upstream_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "materialization_count" BIGINT NOT NULL,

    CONSTRAINT "lineage_edge_stats_pkey" PRIMARY KEY ("downstream_id","upstream_id")
);

-- CreateTable
CREATE TABLE "recording" (
    "idempotency_key" TEXT NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "asset_ids" UUID[],
    "materialization_ids" UUID[],
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "recording_pkey" PRIMARY KEY ("idempotency_key")
);

-- CreateIndex
CREATE INDEX "asset_sort_key_idx" ON "asset"("sort_key");

-- CreateIndex
CREATE INDEX "asset_key_idx" ON "asset" USING GIN ("key" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "asset_state_kind_idx" ON "asset_state"("kind");

-- CreateIndex
CREATE INDEX "materialization_asset_id_materialized_at_id_idx" ON "materialization"("asset_id", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_asset_id_partition_key_materialized_at_id_idx" ON "materialization"("asset_id", "partition_key", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_asset_id_version_materialized_at_id_idx" ON "materialization"("asset_id", "version", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_asset_id_dag_id_materialized_at_id_idx" ON "materialization"("asset_id", "dag_id", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_materialized_at_id_idx" ON "materialization"("materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_job_id_materialized_at_id_idx" ON "materialization"("job_id", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_dag_id_materialized_at_id_idx" ON "materialization"("dag_id", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_node_task_id_materialized_at_id_idx" ON "materialization"("node_task_id", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_partition_key_materialized_at_id_idx" ON "materialization"("partition_key", "materialized_at", "id");

-- CreateIndex
CREATE INDEX "materialization_version_materialized_at_id_idx" ON "materialization"("version", "materialized_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "materialization_asset_id_storage_event_id_key" ON "materialization"("asset_id", "storage_event_id");

-- CreateIndex
CREATE INDEX "materialization_input_upstream_id_version_partition_key_mat_idx" ON "materialization_input"("upstream_id", "version", "partition_key", "materialized_at");

-- CreateIndex
CREATE INDEX "lineage_edge_upstream_id_downstream_id_idx" ON "lineage_edge"("upstream_id", "downstream_id");
