from django.db import migrations

from apps.core.audit import verbs

# The expression of the search has to be this one, letter by letter, for the index to be used.
INDEX = "CREATE INDEX audit_publicentry_words ON audit_publicentry USING gin (to_tsvector('english'::regconfig, words))"


def tell_older_entries(apps, schema_editor):
    """Entries from before they kept their words and the moment from which they are public."""
    for entry in apps.get_model("audit", "PublicEntry").objects.filter(words="").iterator():
        entry.words, entry.public_from = verbs.sentence(entry.verb, entry.facts), entry.at
        entry.save(update_fields=["words", "public_from"])


def index_words(apps, schema_editor):
    """PostgreSQL finds words by an index; SQLite reads through them."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(INDEX)


def forget_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX audit_publicentry_words")


class Migration(migrations.Migration):

    dependencies = [("audit", "0003_public_facets")]

    operations = [
        migrations.RunPython(tell_older_entries, migrations.RunPython.noop),
        migrations.RunPython(index_words, forget_index),
    ]
