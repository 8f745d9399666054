from . import certificate
from . import component_status
