"""The application a web server runs."""

import atexit
import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.config.settings")
application = get_wsgi_application()
gc.freeze()  # what stands now stays: the search for cycles need not walk it again at every turn
atexit.register(gc.unfreeze)
