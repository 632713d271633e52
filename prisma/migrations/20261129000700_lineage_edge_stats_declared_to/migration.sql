-- AlterTable
ALTER TABLE "lineage_edge_stats" ADD COLUMN "declared_to" TIMESTAMPTZ(3);
