"""Settings of one process: declared in a table, looked up in files and the environment; nothing is read at import."""

from headwater.settings.resolve import GIVEN_NAMESPACE as GIVEN_NAMESPACE
from headwater.settings.resolve import ROOT_NAME as ROOT_NAME
from headwater.settings.resolve import Settings as Settings
from headwater.settings.resolve import find_root as find_root
from headwater.settings.resolve import find_user as find_user
from headwater.settings.resolve import resolve_settings as resolve_settings
from headwater.settings.table import PROJECT_VARIABLES as PROJECT_VARIABLES
from headwater.settings.table import yes_no as yes_no
