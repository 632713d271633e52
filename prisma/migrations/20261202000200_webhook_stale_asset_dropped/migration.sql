-- DropTable
DROP TABLE "webhook_stale_asset";
