from django.db import migrations, models

# Kept with its row, so that reading the log backwards does not take every sentence apart again.
WORDS = """
ALTER TABLE audit_publicentry ADD COLUMN words_vector tsvector
    GENERATED ALWAYS AS (to_tsvector('english'::regconfig, words)) STORED;
CREATE INDEX audit_publicentry_vector ON audit_publicentry USING gin (words_vector);
DROP INDEX audit_publicentry_words;
"""
BACK = """
CREATE INDEX audit_publicentry_words ON audit_publicentry USING gin (to_tsvector('english'::regconfig, words));
ALTER TABLE audit_publicentry DROP COLUMN words_vector;
"""


def keep_words(apps, schema_editor):
    """PostgreSQL keeps the words of each sentence; SQLite reads through them."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS)


def forget_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACK)


class Migration(migrations.Migration):

    dependencies = [("audit", "0005_checkpoint_edge")]

    operations = [
        migrations.RunPython(keep_words, forget_words),
        migrations.AddIndex(
            model_name="publicentry",
            index=models.Index(fields=["side", "-public_from", "-sequence"], name="audit_publicentry_public"),
        ),
    ]
