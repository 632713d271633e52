-- What is pending already has its lanes.
INSERT INTO "webhook_lane" ("webhook_id", "ordering_key", "due_at")
  SELECT DISTINCT "webhook_id", "ordering_key", now() FROM "webhook_delivery" WHERE "status" = 'PENDING';
