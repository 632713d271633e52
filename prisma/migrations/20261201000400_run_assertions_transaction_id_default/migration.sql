-- AlterTable
ALTER TABLE "run_assertions" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
