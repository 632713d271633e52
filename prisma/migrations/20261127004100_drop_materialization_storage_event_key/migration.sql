-- DropIndex
DROP INDEX "materialization_asset_id_storage_event_id_key";
