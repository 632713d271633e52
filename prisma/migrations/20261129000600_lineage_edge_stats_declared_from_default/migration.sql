-- AlterTable
ALTER TABLE "lineage_edge_stats" ALTER COLUMN "declared_from" DROP DEFAULT;
