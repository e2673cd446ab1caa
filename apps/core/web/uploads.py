"""Uploads go to disk as they come and stop at the configured size, whatever their Content-Length claims."""

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file. Past UPLOAD_LIMIT_MB it stops and sets `request.upload_too_large`; the form stays filled."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT_MB * 1024 * 1024:
            self.request.upload_too_large = True
            self.file.close()
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)
