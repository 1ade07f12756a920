-- studio/models: a picture that shows what a tenant's model does.
ALTER TABLE model ADD COLUMN preview_key text;
