-- DropTable
DROP TABLE "asset_retirement";
