-- AlterTable
ALTER TABLE "asset" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
