-- AlterTable
ALTER TABLE "check_result" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
