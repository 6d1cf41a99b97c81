"""Files for whose text a program waits: transcribed by Celery workers, told over Valkey, and kept nowhere."""
