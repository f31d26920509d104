"""Django settings, split by concern; every value that differs between machines comes from the environment."""

from config.settings.apps import *
from config.settings.background import *
from config.settings.databases import CELERY_DB_REUSE_MAX, DATABASES
from config.settings.environment import DEBUG
from config.settings.feeds import *
from config.settings.messages import *
from config.settings.operations import *
from config.settings.product import *
from config.settings.security import *

__all__ = ["CELERY_DB_REUSE_MAX", "DATABASES", "DEBUG"]
