from uuid import UUID

from django.core.management.base import BaseCommand

from apps.core.audit import checkpoints, publishing
from apps.core.audit.models import LogHead


class Command(BaseCommand):
    help = "Sign what each log says now, print it, and hand it out: to a folder, a storage such as S3, or by mail."

    def add_arguments(self, parser):
        parser.add_argument(
            "--publish", default="", metavar="FOLDER|storage:NAME|mailto:ADDRESS", help="where it is kept by others"
        )
        parser.add_argument("--side", type=UUID, help="only this log (the hub's or a TRE's UUID)")

    def handle(self, *, publish, side, **options):
        for each in [side] if side else LogHead.objects.order_by("side").values_list("side", flat=True):
            if publish.startswith("mailto:"):
                made = publishing.mail(publish.removeprefix("mailto:"), each)
            elif publish:
                made = publishing.publish(publishing.place(publish), each)
            else:
                made = checkpoints.make(each)
            self.stdout.write(checkpoints.served(made))
