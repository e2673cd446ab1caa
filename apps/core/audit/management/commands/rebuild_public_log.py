from django.core.management.base import BaseCommand
from django.db import transaction

from apps.core.audit import verbs
from apps.core.audit.act import public_entry
from apps.core.audit.history import facts
from apps.core.audit.models import Opening, PublicEntry


class Command(BaseCommand):
    help = "Make the rows that public pages read again, from the openings of the log."

    def handle(self, **options):
        public = [verb.name for verb in verbs.all_verbs() if verb.audience is verbs.Audience.PUBLIC]
        with transaction.atomic():
            PublicEntry.objects.all().delete()
            openings = Opening.objects.filter(verb__in=public).select_related("event")
            entries = (public_entry(each.event, each.at, each.verb, facts(each)) for each in openings.iterator())
            made = PublicEntry.objects.bulk_create(entries, batch_size=1000)
        self.stdout.write(f"{len(made)} public entries.")
