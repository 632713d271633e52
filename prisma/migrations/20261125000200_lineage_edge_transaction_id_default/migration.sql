-- AlterTable
ALTER TABLE "lineage_edge" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
