-- CreateTable
CREATE TABLE "node_config" (
    "id" UUID NOT NULL,
    "dag_id" TEXT,
    "node_task_id" TEXT NOT NULL,
    "dag_name" TEXT,
    "upstream_nodes" TEXT[],
    "registered_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "node_config_pkey" PRIMARY KEY ("id")
);
