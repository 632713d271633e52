-- AlterTable
ALTER TABLE "lineage_edge_stats" ADD COLUMN     "pruned_count" BIGINT NOT NULL DEFAULT 0;
