from itertools import islice

from django.core.management.base import BaseCommand
from django.db import transaction

from apps.core.audit import public_log, verbs
from apps.core.audit.models import Opening, PublicDataset, PublicEntry

AT_ONCE = 1000


class Command(BaseCommand):
    help = "Make the rows that public pages read again, from the openings of the log."

    def handle(self, **options):
        public = [verb.name for verb in verbs.all_verbs() if verb.is_public]
        with transaction.atomic():
            PublicEntry.objects.exclude(verb=public_log.TOMBSTONE).delete()
            openings = Opening.objects.filter(verb__in=public).select_related("event").iterator()
            made = 0
            while some := list(islice(openings, AT_ONCE)):
                entries, datasets = public_log.rows_of(some)
                PublicEntry.objects.bulk_create(entries)
                PublicDataset.objects.bulk_create(datasets)
                made += len(entries)
        self.stdout.write(f"{made} public entries.")
