from . import certificate
from . import component_status
from . import sent_message
