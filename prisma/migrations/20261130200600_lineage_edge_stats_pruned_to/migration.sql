-- AlterTable
ALTER TABLE "lineage_edge_stats" ADD COLUMN     "pruned_to" TIMESTAMPTZ(3);
